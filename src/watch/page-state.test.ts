import {setTimeout} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {openPageState} from './page-state.ts'

test('browsers that ask at the same time share one reading, also of a state that is no longer fresh', async () => {
  let readings = 0
  const state = openPageState(async () => {
    readings++
    await setTimeout(5)
    return {title: 'runs', counts: '', fraction: 0, cells: []}
  })
  await Promise.all([state.json('light'), state.json('dark')])
  expect(readings).toBe(1)
  await setTimeout(1100) // longer than a reading stays fresh
  const [first, second] = await Promise.all([state.json('light'), state.json('toString')])
  expect(readings).toBe(2)
  expect(second.body).toBe(first.body) // a look that does not exist is the light one
})
