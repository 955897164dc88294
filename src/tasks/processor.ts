import {join} from 'node:path'
import {z} from 'zod'
import {Fault} from '../base/fault.ts'
import {parseStrictObject} from '../base/json.ts'
import {quote} from '../base/printable.ts'
import {readIfPresent} from '../base/read-file.ts'
import {issueText} from '../base/text/issue-text.ts'
import type {Filter} from '../images/coefficients.ts'
import type {ImageSize} from '../images/image.ts'
import type {Normalization} from '../images/normalize.ts'

/** The preprocessing of a model's images: scaled by this filter, then normalized. */
export interface Processor extends Normalization {
  readonly filter: Filter
}

/** The preprocessing of the paper's ViTs, for a model without a preprocessor_config.json. */
export const USUAL: Processor = {filter: 'bilinear', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5]}

/**
 * Reads preprocessor_config.json in a model's folder; USUAL where there is none, and for keys that are missing. Throws a
 * fault if it specifies any preprocessing but scaling to `size`, the pixels that the model reads, and normalizing.
 */
export async function readProcessor(folder: string, size: ImageSize): Promise<Processor> {
  const file = join(folder, 'preprocessor_config.json')
  const bytes = await readIfPresent(file)
  if (!bytes) return USUAL
  const {data, error} = ProcessorConfig.safeParse(parseStrictObject(bytes, file))
  if (error) throw new Fault('input', `${file}: ${issueText(error.issues[0])}`)
  const scaled = sizeOf(data.size)
  if (scaled && (scaled.width !== size.width || scaled.height !== size.height)) {
    const reads = `the model reads ${size.height} × ${size.width}`
    throw new Fault('input', `${file}: size: ${reads}, not ${scaled.height} × ${scaled.width}`)
  }
  if (typeof data.size === 'number' && data.default_to_square === false)
    throw new Fault(
      'input',
      `${file}: default_to_square: must be true, since images are scaled to ${size.height} × ${size.width}`,
    )
  const isPlain = data.do_normalize === false || data.do_normalize === null
  return {
    filter: FILTERS[data.resample ?? 2],
    mean: isPlain ? [0, 0, 0] : (data.image_mean ?? USUAL.mean),
    std: isPlain ? [1, 1, 1] : (data.image_std ?? USUAL.std),
  }
}

/** Pillow's codes. */
const FILTERS = {2: 'bilinear', 3: 'bicubic'} as const satisfies Readonly<Record<number, Filter>>

const sizeOf = (size: z.output<typeof ProcessorConfig>['size']): ImageSize | undefined =>
  typeof size === 'number' ? {width: size, height: size} : size

const KINDS = ['ViTImageProcessor', 'ViTImageProcessorFast', 'ViTImageProcessorPil', 'ViTFeatureExtractor'] as const
const fail = (expected: string) => ({error: ({input}: {input?: unknown}) => `${expected}, not ${quote(input)}`})
const channels = (number: z.ZodNumber) =>
  z
    .tuple([number, number, number], fail('must be three numbers'))
    .readonly()
    .nullish()
    .transform(value => value ?? undefined)
const only = (value: boolean, why: string) => z.literal(value, fail(`must be ${value}, ${why}`)).optional()
const never = (why: string) => z.literal([false, null], fail(`must be false, ${why}`)).optional()
const kind = z.enum(KINDS, fail(`must be ${KINDS.join(', ')}`)).optional()
const length = z.int().min(1)

/** null counts as false for a step. Other keys change nothing for images of three channels, or belong to other kinds of processors. */
const ProcessorConfig = z.object({
  image_processor_type: kind,
  feature_extractor_type: kind,
  do_resize: only(true, 'since images have many sizes'),
  do_rescale: only(true, 'since pixels are divided by 255'),
  do_center_crop: never('since images are not cropped'),
  do_pad: never('since images are not padded'),
  default_to_square: z.unknown().optional(),
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
