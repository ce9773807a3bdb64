// Figures as text. null and undefined are "no data", which is never shown as 0.
// How long something has gone on, which no clock could be mistaken for.
export function lasting(ms) {
  const minutes = Math.max(0, Math.floor(ms / 60000));
  return minutes < 1 ? `${Math.max(0, Math.floor(ms / 1000))} s` : minutes < 60 ? `${minutes} min` : span(ms);
}
export const NONE = "–";
export const known = value => value !== null && value !== undefined;
export const count = value => known(value) ? String(value) : NONE;
const two = number => String(number).padStart(2, "0");

export function span(ms) {
  if (!known(ms)) return NONE;
  const seconds = Math.max(0, Math.floor(ms / 1000)), hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
  if (hours >= 48) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  return hours ? `${hours} h ${two(minutes)}` : `${minutes}:${two(seconds % 60)}`;
}
// Cut, not rounded: 89.96 % is not yet 90 %.
export const percent = pair => known(pair) && pair[1] ? Math.floor(pair[0] / pair[1] * 1000 + 1e-6) / 10 + " %" : NONE;
export const time = (ms, zone, options = {hour: "2-digit", minute: "2-digit"}) =>
  known(ms) ? new Intl.DateTimeFormat("en-GB", {timeZone: zone, ...options}).format(ms) : NONE;
export const STATES = {available: "available", reserved: "ringing", on_contact: "on contact", wrap_up: "wrap-up", paused: "paused"};
