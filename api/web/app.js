/*
 * The page: reads the filters, asks GET /api/v1/videos, draws the answer.
 * The whole state lies in the address, so a link repeats a search.
 */
const $ = (id) => document.getElementById(id);

/* Steps of the duration sliders, in seconds; the ends mean "any". */
const DURATIONS = [0, 30, 60, 180, 240, 480, 600, 1200, 1800, 3600, 7200, 14400, Infinity];
/* The slider's 0 … 60 is 0.1 % … 100 %, logarithmic. */
const topPercent = (step) => Number((0.1 * 10 ** (step / 20)).toPrecision(2));

let nextCursor = null;
let asked = 0;

const fmt = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

function clock(seconds) {
  const h = Math.floor(seconds / 3600);
  const m = Math.floor(seconds / 60) % 60;
  const s = String(seconds % 60).padStart(2, "0");
  return h ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

function durationText(step) {
  const d = DURATIONS[step];
  if (d === 0 || d === Infinity) return "any";
  return d < 60 ? `${d} s` : d < 3600 ? `${d / 60} min` : `${d / 3600} h`;
}

/* ---- state: form <-> address ------------------------------------------------ */

function showState() {
  $("top-text").value = `${topPercent($("top").value)} %`;
  $("dmin-text").value = durationText($("dmin").value);
  $("dmax-text").value = durationText($("dmax").value);
}

function stateToParams() {
  const p = new URLSearchParams();
  if ($("q").value.trim()) p.set("q", $("q").value.trim());
  if (!$("ratio").closest("fieldset").hidden) {
    p.set("ratio", $("ratio").value);
    p.set("top", topPercent($("top").value));
  }
  const from = DURATIONS[$("dmin").value];
  const to = DURATIONS[$("dmax").value];
  if (from > 0) p.set("durationMin", from);
  if (to !== Infinity) p.set("durationMax", to);
  if ($("sort").value) p.set("sort", $("sort").value);
  if ($("sort").value === "random") p.set("seed", "1");
  return p;
}

function addressToState() {
  const p = new URLSearchParams(location.search);
  $("q").value = p.get("q") ?? "";
  if (p.has("ratio")) $("ratio").value = p.get("ratio");
  if (p.has("top")) $("top").value = Math.round(20 * Math.log10(Number(p.get("top")) / 0.1));
  const step = (name, other) => {
    const i = DURATIONS.indexOf(Number(p.get(name)));
    return p.has(name) && i >= 0 ? i : other;
  };
  $("dmin").value = step("durationMin", 0);
  $("dmax").value = step("durationMax", DURATIONS.length - 1);
  $("sort").value = p.get("sort") ?? "";
  showState();
}

/* ---- drawing ------------------------------------------------------------------ */

function element(tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
}

/* Pictures and links only for videos that are YouTube's own. */
function picture(v) {
  const box = element("div", "picture");
  if (v.origin === "api") {
    const img = element("img");
    img.alt = "";
    img.loading = "lazy";
    img.src = `https://i.ytimg.com/vi/${v.id}/mqdefault.jpg`;
    box.append(img);
  } else {
    box.textContent = v.origin === "sim" ? "simulated" : "imported";
  }
  return box;
}

function titleOf(v) {
  const text = v.title ?? "(no title)";
  if (v.origin === "sim" || v.foreign) return element("span", "title", text);
  const a = element("a", "title", text);
  a.href = `https://www.youtube.com/watch?v=${v.id}`;
  return a;
}

function counted(n, one, format = fmt) {
  return `${format.format(n)} ${n === 1 ? one : one + "s"}`;
}

function ratioText(name, r) {
  if (name === "likesDislikes") {
    return r.value === null ? "no dislikes" : `${fmt.format(Math.round(r.value))}:1`;
  }
  return `${(100 * r.value).toFixed(1)} %`;
}

/* The last bucket ends with the largest number there is. */
function viewsText(bucket) {
  const from = fmt.format(bucket.viewsMin);
  return Number.isSafeInteger(bucket.viewsMax)
    ? `${from} to ${fmt.format(bucket.viewsMax)} views`
    : `${from} views and more`;
}

function rankLine(v) {
  const line = element("div", "rank");
  const name = $("ratio").value;
  const r = v.ratios?.[name];
  if (!r) return line;
  const bar = element("span", "bar");
  const fill = element("i");
  fill.style.width = `${r.percentile}%`;
  bar.append(fill);
  const top = (100 - r.percentile).toPrecision(2);
  line.append(bar, `${ratioText(name, r)} · top ${Number(top)} % of videos with about ${counted(v.viewCount, "view", short)}`);
  line.title = `bucket: ${counted(r.bucket.n, "video")} with ${viewsText(r.bucket)}`;
  return line;
}

function factsOf(v) {
  const facts = [];
  if (v.channelTitle) facts.push(v.channelTitle);
  if (v.viewCount !== null && v.viewCount !== undefined) facts.push(counted(v.viewCount, "view"));
  facts.push(v.likeCount === null || v.likeCount === undefined ? "likes hidden" : counted(v.likeCount, "like"));
  if (v.durationSeconds !== null && v.durationSeconds !== undefined) facts.push(clock(v.durationSeconds));
  if (v.publishedAt) facts.push(v.publishedAt.slice(0, 10));
  return element("div", "facts", facts.join(" · "));
}

function draw(v) {
  const li = element("li");
  li.dataset.id = v.id;
  li.append(picture(v), titleOf(v), factsOf(v), rankLine(v));
  return li;
}

function summary(answer) {
  const n = answer.page.total;
  let text = `${fmt.format(n)} ${n === 1 ? "video" : "videos"}`;
  if (answer.meta.unknown.duration) text += ` · ${fmt.format(answer.meta.unknown.duration)} left out: duration unknown`;
  if (answer.meta.computedAt) text += ` · ranks of ${answer.meta.computedAt.replace("T", " ").replace("Z", " UTC")}`;
  $("summary").textContent = text;
  $("disclosure").textContent = [answer.meta.disclosure, answer.meta.attribution].filter(Boolean).join(" ");
  $("banner").hidden = !answer.meta.banner;
  $("banner").textContent = answer.meta.banner ?? "";
}

/* No ratios here: say why, and offer only the orders that are left. */
function withoutRatios(why) {
  $("ratio").closest("fieldset").hidden = true;
  $("promise").textContent = `Videos without ranks: ${why}`;
  $("sort").querySelector("[value='']").remove();
}

/* ---- asking --------------------------------------------------------------------- */

async function ask(params, append) {
  const mine = ++asked;
  const response = await fetch(`/api/v1/videos?${params}`);
  const answer = await response.json();
  if (mine !== asked) return;
  if (answer.code === "derived-metrics-off") {
    withoutRatios(answer.detail);
    return ask(stateToParams(), false);
  }
  if (!response.ok) {
    $("summary").textContent = answer.detail ?? `error ${response.status}`;
    $("more").hidden = true;
    return;
  }
  if (!append) $("results").replaceChildren();
  $("results").append(...answer.data.map(draw));
  nextCursor = answer.page.nextCursor;
  $("more").hidden = !nextCursor;
  summary(answer);
}

function noAnswer() {
  $("summary").textContent = "The service does not answer.";
}

function search(push) {
  const params = stateToParams();
  if (push) history.replaceState(null, "", `?${params}`);
  ask(params, false).catch(noAnswer);
}

let timer;
function changed() {
  showState();
  clearTimeout(timer);
  timer = setTimeout(() => search(true), 150);
}

$("filters").addEventListener("input", changed);
$("filters").addEventListener("submit", (event) => {
  event.preventDefault();
  search(true);
});
$("filters").addEventListener("reset", () => setTimeout(changed, 0));
$("more").addEventListener("click", () => {
  const params = stateToParams();
  params.set("cursor", nextCursor);
  ask(params, true).catch(noAnswer);
});
addEventListener("popstate", () => {
  addressToState();
  search(false);
});
addressToState();
search(false);
