import { expect, test } from 'vitest';
import { Agenda } from './agenda.ts';
import { Random } from './random.ts';

function runUntil(agenda: Agenda, time: number): void {
  for (let next = agenda.next(time); next !== undefined; next = agenda.next(time)) next();
  agenda.advance(time);
}

test('appointments happen by time, and at the same time in the order in which they were made', () => {
  const random = new Random(1);
  const agenda = new Agenda();
  const happened: { at: number; made: number }[] = [];
  const times = Array.from({ length: 500 }, () => random.between(0, 50));
  times.forEach((at, made) => void agenda.schedule(at, () => happened.push({ at: agenda.now, made })));
  runUntil(agenda, 50);
  const expected = times.map((at, made) => ({ at, made })).sort((a, b) => a.at - b.at || a.made - b.made);
  expect(happened).toEqual(expected);
});

test('an appointment made in the past happens now, and one made while another runs takes its turn', () => {
  const agenda = new Agenda();
  const happened: string[] = [];
  agenda.after(10, () => {
    agenda.schedule(3, () => happened.push(`late at ${agenda.now}`));
    agenda.after(5, () => happened.push(`later at ${agenda.now}`));
  });
  runUntil(agenda, 100);
  expect(happened).toEqual(['late at 10', 'later at 15']);
  expect(agenda.now).toBe(100);
});

test('a cancelled appointment does not happen', () => {
  const agenda = new Agenda();
  const appointment = agenda.after(1, () => expect.unreachable());
  appointment.run = undefined;
  expect(agenda.next(10)).toBeUndefined();
});

test('the time neither goes back nor passes an appointment', () => {
  const agenda = new Agenda();
  agenda.advance(10);
  agenda.advance(5);
  expect(agenda.now).toBe(10);
  agenda.after(5, () => {});
  expect(() => agenda.advance(20)).toThrow('15 is due before 20');
  agenda.after(Number.NaN, () => {});
  expect(() => {
    while (agenda.next(100) !== undefined);
  }).toThrow('go back');
});
