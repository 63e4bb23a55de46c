// Entry of every page: wires what the page holds. Each module does nothing where its element is missing.

import { wireBeside } from "./beside.js";
import { wireBulk } from "./bulk.js";
import { wireCompare } from "./compare.js";
import { wireCopy } from "./copy.js";
import { wireExplore } from "./explore.js";
import { wireExtend } from "./extend.js";
import { wireHighlight } from "./highlight.js";
import { wireImport } from "./import.js";
import { wireInPlace } from "./in-place.js";
import { wireKeys } from "./keys.js";
import { wireLaunch } from "./launch.js";
import { wireLive } from "./live.js";
import { wireLog } from "./log.js";
import { wireNotify } from "./notify.js";
import { wirePlots } from "./plots.js";
import { wirePredict } from "./predict.js";
import { wirePublished } from "./published.js";
import { wireReport } from "./report.js";
import { wireScrollHints } from "./scroll-hint.js";
import { wireSearch } from "./search.js";
import { wireSliders } from "./sliders.js";
import { wireTheme } from "./theme-toggle.js";
import { wireTheory } from "./lab/form.js";
import { wireConv } from "./lab/conv.js";
import { wireTicks } from "./ticks.js";
import { wireTimes } from "./times.js";

const here = document.querySelector(".nav [aria-current]");
if (here) {
  // scrollIntoView would move to it where Tab begins, past the skip link
  const nav = here.closest(".nav"), place = here.getBoundingClientRect(), room = nav.getBoundingClientRect();
  nav.scrollLeft += place.left + place.width / 2 - room.left - room.width / 2;
}
wireTheme();
wireKeys();
wireTicks();
wireSearch();
wireBulk();
wireBeside();
wireTimes();
wireInPlace();
wireCopy();
wireHighlight();
wireCompare();
wireLaunch();
wireExtend();
wireSliders();
wireExplore();
wireLog();
wireLive();
wireNotify();
wirePlots();
wirePredict();
wirePublished();
wireReport();
wireImport();
wireTheory();
wireConv();
wireScrollHints();
