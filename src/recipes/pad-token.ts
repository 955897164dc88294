import {resizedFolder} from '../base/folders.ts'
import type {Named, Stored} from '../engine/program.ts'
import type {ModelConfig} from '../models/config.ts'
import {openModel} from '../models/open-model.ts'
import {newPadToken} from '../tokenizer/pad-token.ts'
import {withMeanRow} from '../weights/mean-row.ts'
import type {Recipe} from './file/schema.ts'

/**
 * The id of the pad token that a run adds to its model, as MetaMath's train_math.py does where the tokenizer has none;
 * undefined if it adds none. The embedding and the head then have exactly one row per token: Pythia's lose the
 * rows that pad them to a multiple of 128.
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
 * The tensors as the model of `config` has them, whose vocabulary ends in a new pad token: those with a row
 * per token get one more, the mean of the others.
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
