import {cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {writeMerged} from './merge-model.ts'
import {openAdapter} from './open-adapter.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const PEFT = join(REPOSITORY, 'test/fixtures/peft')
const {base} = JSON.parse(readFileSync(join(PEFT, 'expected.json'), 'utf8'))

let folder: string
let adapter: string
beforeEach(() => {
  folder = openFolder()
  adapter = join(folder, 'adapter')
  cpSync(join(REPOSITORY, base), join(folder, 'base'), {recursive: true})
  cpSync(join(PEFT, 'lora'), adapter, {recursive: true})
  for (const name of ['tokenizer.json', 'special_tokens_map.json', 'generation_config.json', 'chat_template.json'])
    writeFileSync(join(folder, 'base', name), '{"of": "base"}')
})

/** Merges the adapter, and returns the small files of the model with their texts. */
async function merge() {
  const out = join(folder, 'merged')
  await writeMerged(await openAdapter(adapter, join(folder, 'base')), out)
  const names = readdirSync(out).filter(name => !/^(config|manifest)\.json$|\.safetensors$/.test(name))
  return Object.fromEntries(names.map(name => [name, readFileSync(join(out, name), 'utf8')]))
}

test("a tokenizer beside an adapter takes the place of the base model's, all of its files together", async () => {
  const own = {
    'tokenizer.json': '{"added_tokens": [{"id": 2, "content": "</s>"}]}',
    'tokenizer_config.json': '{"eos_token": "</s>"}',
    'chat_template.jinja': '{{ messages }}',
  }
  for (const [name, text] of Object.entries({...own, 'training_args.bin': ''})) writeFileSync(join(adapter, name), text)
  expect(await merge()).toEqual({...own, 'generation_config.json': '{"of": "base"}'})
})

test("the base model's tokenizer stays if there is no whole one beside the adapter", async () => {
  writeFileSync(join(adapter, 'tokenizer_config.json'), '{}')
  expect(Object.keys(await merge())).toContain('special_tokens_map.json')
})

test('a tokenizer beside an adapter is refused if a token has no row in the embedding, or if it is a link to another file', async () => {
  const file = join(adapter, 'tokenizer.json')
  const {vocab_size} = JSON.parse(readFileSync(join(folder, 'base/config.json'), 'utf8'))
  writeFileSync(file, JSON.stringify({added_tokens: [{id: vocab_size, content: '<|end|>'}]}))
  await expect(merge()).rejects.toMatchObject({
    kind: 'input',
    message: `${file}: has a token beyond vocab_size ${vocab_size} of the model: "<|end|>", ${vocab_size}; give the model with that vocabulary as --base, or move the tokenizer out of the folder`,
  })
  writeFileSync(file, '{}')
  writeFileSync(join(folder, 'secret'), '')
  symlinkSync(join(folder, 'secret'), join(adapter, 'vocab.txt'))
  await expect(merge()).rejects.toThrow(/adapter\/vocab\.txt is a link to .*secret/)
})
