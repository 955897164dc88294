import {expect, test} from 'vitest'
import {openAlarm} from './alarm.ts'

test('an alarm cuts a pause short, also one that begins after it has rung', async () => {
  const alarm = openAlarm()
  const began = performance.now()
  setTimeout(alarm.ring, 10)
  await alarm.pause(60_000)
  alarm.ring()
  await alarm.pause(60_000)
  expect(performance.now() - began).toBeLessThan(10_000)
  await alarm.pause(1)
})
