import {expect, test} from 'vitest'
import {exitCode, Fault, withFaultKind} from './fault.ts'

test('a fault is an error with its kind, its cause, and its message alone', () => {
  const cause = new Error('no such file')
  const fault = new Fault('io', 'model.safetensors: cannot be read', {cause})
  expect(fault).toBeInstanceOf(Error)
  expect({...fault, message: fault.message}).toEqual({
    name: 'Fault',
    kind: 'io',
    message: 'model.safetensors: cannot be read',
  })
  expect(fault.cause).toBe(cause)
})

test('a fault has no keys for what does not apply to it', () => {
  const fault = new Fault('failed', 'engine x: is not installed', {at: ['engine'], absent: true})
  expect({...fault}).toEqual({name: 'Fault', kind: 'failed', at: ['engine'], absent: true})
  expect({...new Fault('failed', 'engine x: is damaged', {absent: false})}).toEqual({name: 'Fault', kind: 'failed'})
})

test('a fault of another kind keeps its message and has the first as its cause', async () => {
  const first = new Fault('input', 'row.json: not JSON')
  const fault = await withFaultKind('recipe', () => Promise.reject(first)).catch(error => error)
  expect(fault).toMatchObject({kind: 'recipe', message: 'row.json: not JSON'})
  expect(fault.cause).toBe(first)
})

test('the exit code depends on the kind of fault', () => {
  const kinds = ['usage', 'recipe', 'input', 'io', 'failed'] as const
  expect(kinds.map(exitCode)).toEqual([2, 78, 1, 74, 1])
})
