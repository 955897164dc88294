import {resolve} from 'node:path'
import {expect, test} from 'vitest'
import {listFaults} from './plan-outcome.ts'

test('a fault that begins with its own file names it once, also where that is shown as a relative path', () => {
  const file = resolve('../x.yaml')
  const failure = (fault: string) => ({index: 0, file, fault, kind: 'io' as const})
  expect(listFaults([failure('../x.yaml:1:2: wrong')])).toEqual(['../x.yaml:1:2: wrong'])
  expect(listFaults([failure(`${file}:1:2: wrong`)])).toEqual([`${file}:1:2: wrong`])
  expect(listFaults([failure('wrong')])).toEqual([`${file}: wrong`])
})
