import {expect, test} from 'vitest'
import {PAPER_MODELS} from '../paper/rows.ts'
import {shippedFolder} from './shipped-configs.ts'

test('every model of the paper ships its config, found by its name or a path that ends in it', () => {
  for (const {repository: name} of Object.values(PAPER_MODELS)) {
    expect(shippedFolder(name), name).toMatch(new RegExp(`configs/models/${name}/$`))
    expect(shippedFolder(`/some/where/${name}/`), name).toBe(shippedFolder(name))
  }
})

test('names of other models have no shipped config', () => {
  for (const name of ['', 'gemma-2b', 'google/gemma-3b', 'google/..', '../gsm8k', '/', 'a/google/gemma-2b/x']) {
    expect(shippedFolder(name), name).toBeUndefined()
  }
})
