import {expect, test} from 'vitest'
import {LLAMA} from '../../test/models/llama.ts'
import {Fault} from '../base/fault.ts'
import {ARCHITECTURES} from './index.ts'
import {modelFor, openModel} from './open-model.ts'

test('a model is opened by its type', () => {
  const {shapes, cache} = modelFor('causal-lm', openModel(LLAMA), 'this test')
  expect(shapes['model.embed_tokens.weight']).toEqual([20, 16])
  expect(cache).toMatchObject({layers: 2, kvHeads: 2, headSize: 6, vocabulary: 20})
  expect(cache.rotary?.(3, 2).cos).toHaveLength(2 * 3)
})

test('a type that is unknown, or no type, is refused, with the nearest one that is known', () => {
  const known = `known: ${Object.keys(ARCHITECTURES).join(', ')}`
  const refused = (type: unknown, advice: string) =>
    expect(() => openModel({...LLAMA, model_type: type})).toThrow(
      new Fault('input', `config.json: unknown model_type: ${type}; ${advice}`),
    )
  for (const type of ['constructor', '', null]) refused(type, known)
  expect(() => openModel({...LLAMA, model_type: undefined})).toThrow(
    new Fault('input', `config.json: has no model_type, which names the architecture; ${known}`),
  )
  refused('gtp2', `did you mean gpt2? ${known}`)
  refused('GPT-NeoX', `did you mean gpt_neox? ${known}`)
})
