import {join} from 'node:path'
import {resizedFolder} from '../base/folders.ts'
import {parseObject} from '../base/json.ts'
import {readText} from '../base/read-text.ts'
import type {Named, Stored} from '../engine/program.ts'
import type {ModelConfig} from '../models/config.ts'
import {openModel} from '../models/open-model.ts'
import {newPadToken, PAD} from '../tokenizer/pad-token.ts'
import {readFields} from '../tokenizer/special-tokens.ts'
import {withMeanRow} from '../weights/mean-row.ts'
import {writeJson} from '../weights/write-checkpoint.ts'
import type {Recipe} from './file/schema.ts'

/**
 * The id of the pad token that a run adds to its model, as MetaMath's train_math.py does where the tokenizer has none;
 * undefined where it adds none. The embedding and the head then have a row for every token and not one more: Pythia's
 * lose those that fill them up to a multiple of 128.
 */
export async function addedPadToken(
  {train, model}: Pick<Recipe, 'train' | 'model'>,
  {folder, config}: {readonly folder: string; readonly config: ModelConfig},
): Promise<number | undefined> {
  if (train?.padToken !== 'added' || 'init' in model) return undefined
  const id = await newPadToken(folder)
  return id !== undefined && id <= Number(config.vocab_size) ? id : undefined
}

/**
 * The tensors as the model of `config` has them, whose vocabulary ends in a new pad token: those with a row a token keep
 * the others' rows and add their mean.
 */
export async function withPadRow(tensors: Named<Stored>, config: ModelConfig): Promise<Record<string, Stored>> {
  const tokens = Number(config.vocab_size)
  const [shapes, longer] = [config, {...config, vocab_size: tokens + 1}].map(one => openModel(one).shapes)
  const found: Record<string, Stored> = {...tensors}
  for (const [name, [rows]] of Object.entries(shapes)) {
    if (longer[name][0] === rows) continue
    found[name] = await withMeanRow(tensors[name], tokens - 1, {cache: resizedFolder()})
  }
  return found
}

/** Gives the tokenizer.json of a folder the token [PAD], and has tokenizer_config.json name it. */
export async function addPadToken(folder: string, id: number): Promise<void> {
  const [file, settings] = ['tokenizer.json', 'tokenizer_config.json'].map(name => join(folder, name))
  const text = await readText(file)
  if (text === undefined) return
  const json = parseObject(text, file)
  const token = {id, content: PAD, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true}
  const before = Array.isArray(json.added_tokens) ? json.added_tokens : []
  await writeJson(file, {...json, added_tokens: [...before, token]})
  await writeJson(settings, {...(await readFields(settings)), pad_token: PAD})
}
