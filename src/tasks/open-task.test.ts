import {expect, test} from 'vitest'
import {letters, modelFolder} from '../../test/models/tokenizer.ts'
import {openTokenizer} from '../tokenizer/tokenizer.ts'
import {readTaskStopIds} from './open-task.ts'

test('the ids that end an output are those of the model and the task’s own, each once', async () => {
  const folder = await modelFolder({
    'tokenizer.json': letters(),
    'tokenizer_config.json': {bos_token: '<s>', eos_token: '</s>'},
    'generation_config.json': {eos_token_id: [2, 5, 99]},
  })
  const model = {folder, tokenizer: await openTokenizer(folder), config: {vocab_size: 10}}
  expect(await readTaskStopIds({}, model)).toEqual([2, 5])
  expect(await readTaskStopIds({stopIds: [7, 5]}, model)).toEqual([2, 5, 7])
})
