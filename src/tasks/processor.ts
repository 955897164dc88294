import {join} from 'node:path'
import {Fault, prefixFaults} from '../base/fault.ts'
import {parseStrictObject} from '../base/json.ts'
import {readIfPresent} from '../base/read-file.ts'
import type {CropOptions, Scaling} from '../images/crop.ts'
import type {ImageSize} from '../images/image.ts'
import type {Normalization} from '../images/normalize.ts'
import {type ProcessorClass, type ProcessorConfig, parseProcessorConfig} from './processor-config.ts'

/** The preprocessing of a model's images. */
export interface Processor extends Normalization, Pick<CropOptions, 'filter' | 'scaled'> {
  /** The size of prepared images, where it is not that of the model's config. */
  readonly size?: ImageSize
}

/** The preprocessing of the paper's ViTs, for a model without a preprocessor_config.json. */
export const USUAL: Processor = {filter: 'bilinear', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5]}

/** A model of images of one size, and maybe of others. */
interface SizedModel<Model> {
  readonly image: readonly [channels: number, height: number, width: number]
  readonly processor: ProcessorClass
  resized?(size: ImageSize): Model
}

/** A model and the preprocessing that makes the images that it reads. */
interface FittedModel<Model> {
  readonly model: Model
  readonly processor: Processor
}

/**
 * Reads preprocessor_config.json in a model's folder, and makes the model read images of its size; USUAL where there is none.
 * Throws a fault if the model cannot read them.
 */
export async function fitProcessor<Model extends SizedModel<Model>>(
  model: Model,
  folder: string,
): Promise<FittedModel<Model>> {
  const file = join(folder, 'preprocessor_config.json')
  const bytes = await readIfPresent(file)
  if (!bytes) return {model, processor: USUAL}
  return prefixFaults(file, () => match(model, parseProcessorConfig(parseStrictObject(bytes, file), model.processor)))
}

async function match<Model extends SizedModel<Model>>(
  model: Model,
  {size: scaled, crop, ...config}: ProcessorConfig,
): Promise<FittedModel<Model>> {
  const processor = crop && !isEqual(scaled, crop) ? {...config, scaled} : config
  const size = crop ?? scaled
  const [, height, width] = model.image
  if (!size || isEqual(size, {width, height})) return {model, processor}
  if (!('width' in size)) {
    const sizes = 'images scaled by their shorter edge have many sizes, unless do_center_crop is true'
    throw new Fault('input', `size: must be {height, width}: ${sizes}`)
  }
  return prefixFaults(crop ? 'crop_size' : 'size', () => {
    if (model.resized) return {model: model.resized(size), processor: {...processor, size}}
    throw new Fault('input', `the model reads ${height} × ${width}, not ${size.height} × ${size.width}`)
  })
}

const isEqual = (a: Scaling | undefined, b: ImageSize) =>
  a !== undefined && 'width' in a && a.width === b.width && a.height === b.height
