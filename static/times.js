// Relative times grow old: written anew twice a minute, in the words of app/formats.py (`ago`).

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
}

export function ago(seconds) {
  if (seconds < 45) return "just now";
  if (seconds < HOUR) return `${Math.max(1, Math.round(seconds / MINUTE))} min ago`;
  if (seconds < DAY) return `${Math.round(seconds / HOUR)} h ago`;
  const days = Math.round(seconds / DAY);
  return days < 30 ? `${days} day${days > 1 ? "s" : ""} ago` : "";
}
