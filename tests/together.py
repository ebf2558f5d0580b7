"""Acts at the same time: real threads and connections."""

import threading

from core.db import transaction


def together(app, acts):
    """Run all acts at once; what each gave or raised."""
    results = [None] * len(acts)
    begin = threading.Barrier(len(acts))

    def run(number, act):
        with app.app_context():
            try:
                begin.wait(60)
                with transaction():
                    results[number] = act()
            except Exception as error:
                results[number] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def started(app, act):
    with app.app_context(), transaction():
        return act()
