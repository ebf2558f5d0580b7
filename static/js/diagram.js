// Draws a process from the XML at data-diagram-url with the bpmn.io viewer, and marks where a file stands.
// The page always holds the same facts as text, so a failure only says so.

function parse(text) {
  try {
    return JSON.parse(text ?? "{}");
  } catch {
    return {};
  }
}

function mark(viewer, place) {
  const canvas = viewer.get("canvas");
  const elements = viewer.get("elementRegistry");
  for (const [id, state] of Object.entries(parse(place.dataset.diagramMarks))) {
    if (elements.get(id)) canvas.addMarker(id, `ds-mark-${state}`);
  }
  for (const [id, number] of Object.entries(parse(place.dataset.diagramCounts))) {
    if (!elements.get(id)) continue;
    const badge = document.createElement("span");
    badge.className = "ds-pin";
    badge.textContent = number;
    viewer.get("overlays").add(id, { position: { top: -12, left: -12 }, html: badge });
  }
}

const SMALLEST = 0.8; // of the size drawn: labels of 12 px are then read at 10

// As wide as the card, but never smaller than labels can be read at (the card then scrolls), and as high as the drawing
// needs, with room below for the logo of bpmn.io, which must stay in sight and may not be covered.
function fit(viewer, canvas) {
  const drawing = viewer.get("canvas").viewbox().inner;
  const width = Math.max(canvas.parentElement.clientWidth, drawing.width * SMALLEST);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${(width * drawing.height) / drawing.width + 90}px`;
  viewer.get("canvas").resized();
  viewer.get("canvas").zoom("fit-viewport", "auto");
  viewer.get("canvas").scroll({ dx: 0, dy: -28 });
}

// A wide drawing begins where the file stands; the logo stays in sight.
function show(viewer, place) {
  const logo = place.querySelector(".bjs-powered-by");
  place.addEventListener("scroll", () => logo?.style.setProperty("transform", `translateX(${place.scrollLeft}px)`));
  const marks = Object.entries(parse(place.dataset.diagramMarks));
  const [id] = marks.find(([, state]) => state !== "done") ?? marks.at(-1) ?? [];
  const element = id && viewer.get("elementRegistry").getGraphics(id);
  if (!element) return;
  const mark = element.getBoundingClientRect();
  place.scrollLeft += mark.left + mark.width / 2 - place.getBoundingClientRect().left - place.clientWidth / 2;
}

async function draw(place) {
  const failed = () => {
    place.textContent = place.dataset.diagramFailed;
  };
  const Viewer = window.BpmnJS;
  if (!Viewer) return failed();
  try {
    const answer = await fetch(place.dataset.diagramUrl, { headers: { Accept: "application/xml" } });
    if (!answer.ok) return failed();
    const xml = await answer.text();
    const canvas = document.createElement("div");
    canvas.className = "ds-diagram__canvas";
    place.replaceChildren(canvas);
    const viewer = new Viewer({
      container: canvas,
      zoomScroll: { enabled: false },
      bpmnRenderer: { defaultFillColor: "var(--surface)", defaultStrokeColor: "var(--ink)" },
    });
    await viewer.importXML(xml);
    fit(viewer, canvas);
    mark(viewer, place);
    show(viewer, place);
  } catch {
    failed();
  }
}

for (const place of document.querySelectorAll("[data-diagram-url]")) draw(place);
