import {setTimeout as sleep} from 'node:timers/promises'
import {afterEach, expect, test, vi} from 'vitest'
import {openStream} from '../../test/support/terminal-stream.ts'
import {fitLine, screenOn} from './screen.ts'

afterEach(() => vi.unstubAllEnvs())

function open({isTTY} = {isTTY: true}) {
  const stream = openStream({isTTY, columns: 80})
  return {...stream, screen: screenOn(stream.sink)}
}

test('a note over a longer live line clears it to the end, and the line is drawn again below', () => {
  const {screen, text} = open()
  screen.draw([['a line that is long']])
  screen.note('short')
  expect(text()).toBe('a line that is long\r\u001b[Jshort\na line that is long')
})

test('all writers to a stream share its screen', () => {
  const {sink, screen} = open()
  expect(screenOn(sink)).toBe(screen)
})

test('after the terminal became narrower, all rows that the live lines now take are cleared', () => {
  const {sink, screen, written} = open()
  screen.draw([['x'.repeat(70)], ['y']])
  sink.columns = 30
  sink.emit('resize')
  expect(written.at(-1)).toBe(`\r\u001b[3A\u001b[J${'x'.repeat(28)}…\ny`)
})

test('drawings in quick succession become one', async () => {
  const {screen, written} = open()
  for (let i = 0; i < 50; i++) screen.draw([[`step ${i}`]])
  await sleep(150)
  expect(written).toEqual(['step 0', '\r\u001b[Jstep 49'])
})

test('a line is fitted by whole pieces from its end, and its first piece is cut; wide characters take two cells', () => {
  expect(fitLine(['eta 5s', '  train', '  loss 0.5'], 13)).toEqual(['eta 5s', '  train'])
  expect(fitLine(['eta 5s', '  train'], 4)).toEqual(['eta…'])
  expect(fitLine(['配方配方'], 6)).toEqual(['配方…'])
})

test('no colours with NO_COLOR or without a terminal, and no live lines without one', () => {
  const plain = open({isTTY: false})
  plain.screen.draw([['live']])
  plain.screen.status('loading …')
  plain.screen.note('warning: odd', 'yellow')
  expect(plain.text()).toBe('loading …\nwarning: odd\n')
  const coloured = open()
  coloured.screen.note('warning: odd', 'yellow')
  expect(coloured.text()).toBe('\u001b[33mwarning:\u001b[0m odd\n')
  vi.stubEnv('NO_COLOR', '1')
  const quiet = open()
  quiet.screen.note('warning: odd', 'yellow')
  expect(quiet.text()).toBe('warning: odd\n')
})

test('a note cannot drive the terminal', () => {
  const {screen, text} = open({isTTY: false})
  screen.note('b\r\u202ec\nd\u001b[2J')
  screen.status('e\nf')
  expect(text()).toBe('b\\r\\u202ec\nd\\u001b[2J\ne\\nf\n')
})
