import {expect, test} from 'vitest'
import {openWorkplace} from '../../../test/support/workplace.ts'
import {openTokenizer} from '../../tokenizer/tokenizer.ts'
import {checkIds} from './check-ids.ts'

process.chdir(await openWorkplace())

test('a token beyond the last row of the embedding is a fault of the input', async () => {
  const known = {folder: 'model', tokenizer: await openTokenizer('model')}
  checkIds([[1], [2, 4]], {...known, vocabulary: 5})
  expect(() => checkIds([[1], [2, 4]], {...known, vocabulary: 4})).toThrow(
    /^model\/tokenizer\.json: has a token beyond vocab_size 4 of config\.json: .*, 4$/,
  )
})
