import {execa} from 'execa'
import {expect, test} from 'vitest'

test('an unknown suite is refused before anything is made', async () => {
  const refused = await execa('tsx', ['scripts/mini/make.ts', 'visoin'], {preferLocal: true, reject: false})
  expect(refused).toMatchObject({
    exitCode: 2,
    stderr: 'unknown suite: visoin; known: gsm8k, commonsense, glue, vision',
  })
})
