import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {letters, modelFolder} from '../../test/models/tokenizer.ts'
import {openCore} from './library.ts'
import {addPadToken, newPadToken} from './pad-token.ts'

test('[PAD] gets the id that it was trained with, after tokens that only tokenizer_config.json names', async () => {
  const folder = await modelFolder({
    'tokenizer.json': letters(),
    'tokenizer_config.json': {eos_token: '<|im_end|>'},
    'special_tokens_map.json': {bos_token: '<|im_start|>'},
  })
  const ids = async () => {
    const {core} = await openCore(folder)
    return ['a', '<|im_start|>', '<|im_end|>', '[PAD]'].map(token => core.tokenToId(token))
  }
  expect(await ids()).toEqual([4, 11, 12, null])
  const id = await newPadToken(folder)
  if (id === undefined) throw new Error('no new pad token')
  await addPadToken(folder, id)
  expect(await ids()).toEqual([4, 11, 12, id])
})

test('a token has the flags of tokenizer_config.json in the tokenizer.json that [PAD] is added to', async () => {
  const folder = await modelFolder({
    'tokenizer.json': letters(),
    'tokenizer_config.json': {added_tokens_decoder: {2: {content: '</s>', lstrip: true, special: true}}},
  })
  await addPadToken(folder, 11)
  const {added_tokens: tokens} = JSON.parse(await readFile(join(folder, 'tokenizer.json'), 'utf8'))
  const before = letters().added_tokens.map(token => ({...token, lstrip: token.content === '</s>'}))
  expect(tokens).toMatchObject([...before, {id: 11, content: '[PAD]', special: true}])
})
