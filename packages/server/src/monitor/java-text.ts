import { formatHostPort } from '@conclave/protocol';

/** A number as Java prints a double: always with a fraction. */
export function javaDouble(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** A moment as Java prints a date: `Sat Nov 21 08:01:13 UTC 2026`. */
export function javaDate(wallMs: number): string {
  const [weekday = '', day, month, year, time] = new Date(wallMs).toUTCString().split(' ');
  return `${weekday.slice(0, -1)} ${month} ${day} ${time} UTC ${year}`;
}

/** The address of a socket's other end as Java prints it: `/127.0.0.1:2181`, with an IPv6 address in brackets. */
export function javaSocketAddress(host: string, port: number): string {
  return `/${formatHostPort({ host, port })}`;
}
