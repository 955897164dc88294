import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openWorkplace, tinyRecipe} from '../../test/support/workplace.ts'
import {run} from '../recipes/run.ts'
import {writeMerged} from './merge-model.ts'
import {openTrained} from './open-trained.ts'

test("a merged model's texts end where its answers do: at the eos, and at the end of a turn in the chat template", async () => {
  const folder = await openWorkplace()
  process.chdir(folder)
  process.env.SVFT_CACHE = join(folder, 'cache')
  const file = join(folder, 'model/tokenizer_config.json')
  const chat_template =
    "{% for m in messages %}{{ m.role }}: {{ m.content }}{{ bos_token }}{% endfor %}{{ 'assistant: ' if add_generation_prompt }}"
  writeFileSync(file, JSON.stringify({...JSON.parse(readFileSync(file, 'utf8')), chat_template}))
  const columns = {prompt: 'query', target: 'response'}
  const data = {train: 'train.jsonl', split: {test: 0.1}, columns}
  const {folder: at} = await run(await tinyRecipe(folder, {task: 'instruct', data, train: {steps: 1}}))
  await writeMerged(await openTrained(at), 'merged')
  const generation = JSON.parse(readFileSync('merged/generation_config.json', 'utf8'))
  expect(generation).toEqual({bos_token_id: 1, eos_token_id: [2, 1], pad_token_id: 0, use_cache: true})
})
