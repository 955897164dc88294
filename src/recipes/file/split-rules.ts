import {sum} from '../../base/collections.ts'
import {isObject} from '../../base/json.ts'
import type {RecipeBlock, Refuse} from './recipe-block.ts'

/** A split is cut out of the training data or has a source of its own, and some examples must remain to train on. */
export function checkCut(data: RecipeBlock, refuse: Refuse): void {
  const {split, train, validation, test, perClass} = data
  if (!isObject(split)) return
  if (perClass !== undefined) refuse(['data', 'perClass'], 'data takes perClass or split, not both')
  if ('column' in split) return
  const shares = [split.validation, split.test].filter(share => typeof share === 'number')
  if (shares.length === 0) refuse(['data', 'split'], 'data.split needs a share: validation, test or both')
  if (sum(shares) >= 1) {
    refuse(['data', 'split'], 'data.split leaves nothing to train on: the shares must add up to less than 1')
  }
  if (split.validation !== undefined && validation !== undefined) {
    refuse(
      ['data', 'validation'],
      'data.split.validation cuts the validation split out of train; leave this source out, or remove an inherited share: split: {validation: null}',
    )
  }
  const isResolved = isObject(test) && JSON.stringify(test) === JSON.stringify({test: train}) // as svft show prints it
  if (split.test !== undefined && test !== undefined && !isResolved) {
    refuse(
      ['data', 'test'],
      'data.split.test cuts the test split out of train; leave these sources out, or remove an inherited share: split: {test: null}',
    )
  }
}

/** The message that data.split does not cut images. */
export const CUT_IMAGES =
  'data.split cuts files of texts, not images; give data.validation and data.test folders or files of their own, or draw validation out of train with data.perClass: {train: …, validation: …}'
