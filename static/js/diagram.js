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
    viewer.get("overlays").add(id, { position: { top: -12, right: 12 }, html: badge });
  }
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
    place.replaceChildren();
    place.classList.add("ds-diagram--drawn");
    const viewer = new Viewer({ container: place });
    await viewer.importXML(xml);
    viewer.get("canvas").zoom("fit-viewport", "auto");
    mark(viewer, place);
  } catch {
    failed();
  }
}

for (const place of document.querySelectorAll("[data-diagram-url]")) draw(place);
