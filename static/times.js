// Relative times grow old: written anew twice a minute, in the words of app/formats.py (`ago`). What waits for a
// moment, as a run for its next attempt, counts down to it by the second ("in 25 s", `duration` there).

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;

export function wireTimes() {
  setInterval(() => {
    for (const element of document.querySelectorAll("time[datetime]")) {
      const words = ago((Date.now() - Date.parse(element.dateTime)) / 1000);
      if (words && element.textContent !== words) element.textContent = words;
    }
  }, 30_000);
  setInterval(() => document.querySelectorAll("[data-until]").forEach(countDown), 1000);
}

function countDown(element) {
  const seconds = Math.round((Date.parse(element.dataset.until) - Date.now()) / 1000);
  const words = element.textContent.replace(/(?<=^Tries again )(in [^(]+|now )(?=\()/, seconds > 0 ? `in ${duration(seconds)} ` : "now ");
  if (element.textContent !== words) element.textContent = words;
}

export function duration(seconds) {
  if (seconds < MINUTE) return `${seconds} s`;
  const [big, small, names] = seconds < HOUR ? [MINUTE, 1, ["min", "s"]] : [HOUR, MINUTE, ["h", "min"]];
  const rest = Math.floor((seconds % big) / small);
  return `${Math.floor(seconds / big)} ${names[0]}${rest ? ` ${rest} ${names[1]}` : ""}`;
}

export function ago(seconds) {
  if (seconds < 45) return "just now";
  if (seconds < HOUR) return `${Math.max(1, Math.round(seconds / MINUTE))} min ago`;
  if (seconds < DAY) return `${Math.round(seconds / HOUR)} h ago`;
  const days = Math.round(seconds / DAY);
  return days < 30 ? `${days} day${days > 1 ? "s" : ""} ago` : "";
}
