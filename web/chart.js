// What came in and went out, as two lines over time, drawn in SVG.

import {fill, h, say} from "./dom.js";
import {clockTime, rate} from "./format.js";

const height = 190;
const edge = {left: 44, right: 8, top: 10, bottom: 22};

/** Samples as points {at, received, delivered}, in events a second since the sample before. A restart, where the counts
 *  begin anew, and a pause leave a hole. */
export function ratesOf(samples, stepSeconds) {
  const points = [];
  for (let at = 1; at < samples.length; ++at) {
    const [before, now] = [samples[at - 1], samples[at]];
    const seconds = (Date.parse(now.at) - Date.parse(before.at)) / 1000;
    const whole = seconds > 0 && seconds < 2.5 * stepSeconds && now.received_events >= before.received_events;
    points.push({
      at: Date.parse(now.at),
      received: whole ? (now.received_events - before.received_events) / seconds : null,
      delivered: whole ? Math.max(0, now.delivered_events - before.delivered_events) / seconds : null,
    });
  }
  return points;
}

/** The next round number at or above. */
function roundUp(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((factor) => factor * power >= value) * power;
}

export function rateChart() {
  const readout = h("p", {class: "readout", "aria-live": "off"});
  const drawing = h("svg", {role: "img", height, class: "chart"});
  const element = h("figure", {class: "figure"}, drawing,
    h("figcaption", {class: "legend"},
      h("span", {class: "key received"}, "received"), h("span", {class: "key delivered"}, "delivered"),
      h("span", {class: "hint"}, "events a second"), readout));
  let points = [];
  let spanSeconds = 3600;
  let place = () => 0;

  function draw() {
    const width = Math.max(280, Math.round(element.clientWidth || 640));
    const end = points.at(-1)?.at ?? Date.now();
    const start = end - spanSeconds * 1000;
    const top = roundUp(Math.max(0, ...points.map((point) => Math.max(point.received ?? 0, point.delivered ?? 0))));
    const x = (at) => edge.left + (width - edge.left - edge.right) * (at - start) / (end - start);
    const y = (value) => height - edge.bottom - (height - edge.top - edge.bottom) * value / top;
    place = x;
    const line = (name) => {
      let pen = "M";
      return points.filter((point) => point.at >= start).map((point) => {
        if (point[name] === null) {
          pen = "M";
          return "";
        }
        const dot = pen === "M" ? "h0" : "";  // a point alone is seen, too
        const piece = `${pen}${x(point.at).toFixed(1)} ${y(point[name]).toFixed(1)}${dot}`;
        pen = "L";
        return piece;
      }).join("");
    };
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    drawing.setAttribute("width", width);
    const grid = [0, 0.5, 1].map((share) => [
      h("line", {class: "grid", x1: edge.left, x2: width - edge.right, y1: y(top * share), y2: y(top * share)}),
      h("text", {class: "tick", x: edge.left - 6, y: y(top * share) + 4, "text-anchor": "end"}, rate(top * share)),
    ]);
    const times = [0, 1, 2, 3, 4].map((at) => {
      const when = start + (end - start) * at / 4;
      return h("text", {class: "tick", x: x(when), y: height - 6,
                        "text-anchor": at === 0 ? "start" : at === 4 ? "end" : "middle"}, clockTime(when));
    });
    fill(drawing, grid, times, h("path", {class: "line received", d: line("received")}),
         h("path", {class: "line delivered", d: line("delivered")}), h("line", {class: "cursor", visibility: "hidden"}));
    const now = points.at(-1);
    const most = Math.max(0, ...points.map((point) => point.received ?? 0));
    drawing.setAttribute("aria-label", now
      ? `Over the last ${spanSeconds === 3600 ? "hour" : "day"} at most ${rate(most)} events a second were received; ` +
        `now ${rate(now.received ?? 0)} received and ${rate(now.delivered ?? 0)} delivered a second`
      : "No samples yet");
    if (!now) say(readout, "The first samples come in some seconds.");
    else if (!readout.dataset.held) tell(now);
  }

  function tell(point) {
    const rates = point.received === null ? "no samples"
      : `${rate(point.received)} received, ${rate(point.delivered)} delivered`;
    say(readout, `${clockTime(point.at)}: ${rates}`);
  }

  drawing.addEventListener("pointermove", (event) => {
    if (points.length === 0) return;
    const at = event.clientX - drawing.getBoundingClientRect().left;
    const nearest = points.reduce((best, point) =>
      Math.abs(place(point.at) - at) < Math.abs(place(best.at) - at) ? point : best);
    const cursor = drawing.querySelector(".cursor");
    for (const [name, value] of [["x1", place(nearest.at)], ["x2", place(nearest.at)], ["y1", edge.top],
                                 ["y2", height - edge.bottom], ["visibility", "visible"]]) cursor.setAttribute(name, value);
    readout.dataset.held = "yes";
    tell(nearest);
  });
  drawing.addEventListener("pointerleave", () => {
    delete readout.dataset.held;
    drawing.querySelector(".cursor")?.setAttribute("visibility", "hidden");
    if (points.length) tell(points.at(-1));
  });
  new ResizeObserver(draw).observe(element);

  return {
    element,
    show(samples, stepSeconds, seconds) {
      points = ratesOf(samples, stepSeconds);
      spanSeconds = seconds;
      draw();
    },
  };
}
