import {join} from 'node:path'
import {z} from 'zod'
import {Fault} from '../base/fault.ts'
import {parseStrictObject} from '../base/json.ts'
import {quote} from '../base/quote.ts'
import {readIfPresent} from '../base/read-file.ts'
import type {Filter} from '../images/coefficients.ts'
import type {Size} from '../images/image.ts'
import type {Normalisation} from '../images/normalise.ts'

/** How a model wants its images: scaled by this filter, then normalised. */
export interface Processor extends Normalisation {
  readonly filter: Filter
}

/** As the paper's ViTs have it, for a model that does not tell. */
export const USUAL: Processor = {filter: 'bilinear', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5]}

/**
 * What preprocessor_config.json in a model's folder says; USUAL where there is none, and for what it leaves open. Throws
 * a fault where it asks for anything else than scaling to `size`, the pixels that the model reads, and normalising.
 */
export async function readProcessor(folder: string, size: Size): Promise<Processor> {
  const file = join(folder, 'preprocessor_config.json')
  const bytes = await readIfPresent(file)
  if (!bytes) return USUAL
  const {data, error} = Written.safeParse(parseStrictObject(bytes, file))
  if (error) {
    const [{path, message}] = error.issues
    throw new Fault('input', `${file}: ${path.join('.')}: ${message}`)
  }
  const wanted = sizeOf(data.size)
  if (wanted && (wanted.width !== size.width || wanted.height !== size.height)) {
    const reads = `the model reads ${size.height} × ${size.width}`
    throw new Fault('input', `${file}: size: ${reads}, not ${wanted.height} × ${wanted.width}`)
  }
  return {
    filter: FILTERS[data.resample ?? 2],
    mean: data.do_normalize === false ? [0, 0, 0] : (data.image_mean ?? USUAL.mean),
    std: data.do_normalize === false ? [1, 1, 1] : (data.image_std ?? USUAL.std),
  }
}

/** Pillow's numbers. */
const FILTERS = {2: 'bilinear', 3: 'bicubic'} as const satisfies Readonly<Record<number, Filter>>

const sizeOf = (size: z.output<typeof Written>['size']): Size | undefined =>
  typeof size === 'number' ? {width: size, height: size} : size

const KINDS = ['ViTImageProcessor', 'ViTImageProcessorFast', 'ViTImageProcessorPil', 'ViTFeatureExtractor'] as const
const fail = (wanted: string) => ({error: ({input}: {input?: unknown}) => `${wanted}, not ${quote(input)}`})
const channels = (number: z.ZodNumber) =>
  z
    .tuple([number, number, number], fail('must be three numbers'))
    .readonly()
    .nullish()
    .transform(value => value ?? undefined)
const only = (value: boolean, why: string) => z.literal(value, fail(`must be ${value}, ${why}`)).nullish()
const kind = z.enum(KINDS, fail(`must be ${KINDS.join(', ')}`)).optional()
const length = z.int().min(1)

/** Keys that are not here change nothing for images of three channels, or belong to other kinds of processors. */
const Written = z.object({
  image_processor_type: kind,
  feature_extractor_type: kind,
  do_resize: only(true, 'for images are of many sizes'),
  do_rescale: only(true, 'for pixels are divided by 255'),
  do_center_crop: only(false, 'for nothing is cut off here'),
  do_normalize: z.boolean(fail('must be true or false')).nullish(),
  rescale_factor: z
    .number()
    .refine(factor => Math.abs(factor * 255 - 1) < 1e-6, fail('must be 1 / 255'))
    .nullish(),
  size: z
    .union([length, z.object({height: length, width: length})], fail('must be {height, width} or one number'))
    .nullish()
    .transform(value => value ?? undefined),
  resample: z.literal([2, 3], fail('must be 2, bilinear, or 3, bicubic')).nullish(),
  image_mean: channels(z.number()),
  image_std: channels(z.number().positive()),
})
