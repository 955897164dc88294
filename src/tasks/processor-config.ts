import {z} from 'zod'
import {Fault} from '../base/fault.ts'
import {quote} from '../base/printable.ts'
import {IN_WORDS, issueText} from '../base/text/issue-text.ts'
import type {Filter} from '../images/coefficients.ts'
import type {Scaling} from '../images/crop.ts'
import type {ImageSize} from '../images/image.ts'
import type {Channels, Normalization} from '../images/normalize.ts'

/** A preprocessor_config.json: images are scaled by the filter, maybe cropped around their centre, then normalized. */
export interface ProcessorConfig extends Normalization {
  readonly filter: Filter
  /** The size to which images are scaled; absent: that which the model reads. */
  readonly size?: Scaling | undefined
  /** The size to which scaled images are cropped; absent: they are not. */
  readonly crop?: ImageSize | undefined
}

/**
 * Reads the keys of a preprocessor_config.json, where it names no class as one of `usual`. Throws a fault if it specifies any
 * other preprocessing.
 */
export function parseProcessorConfig(json: object, usual: ProcessorClass): ProcessorConfig {
  const {data, error} = Keys.safeParse(json, IN_WORDS)
  if (error) throw new Fault('input', issueText(error.issues[0]))
  const kind = KINDS[classOf(data) ?? usual]
  const size = scalingOf(data.size, data.default_to_square ?? kind.isSquare) ?? kind.size
  const isCropped = data.do_center_crop === undefined ? kind.crop !== undefined : data.do_center_crop === true
  const crop = isCropped ? (sidesOf(data.crop_size) ?? kind.crop) : undefined
  if (isCropped && !(size && crop))
    throw new Fault('input', `${crop ? 'size' : 'crop_size'}: is missing, although do_center_crop is true`)
  const isPlain = data.do_normalize === false || data.do_normalize === null
  return {
    filter: FILTERS[data.resample ?? kind.resample],
    mean: isPlain ? [0, 0, 0] : (data.image_mean ?? kind.mean),
    std: isPlain ? [1, 1, 1] : (data.image_std ?? kind.std),
    size,
    crop,
  }
}

function scalingOf(size: Keys['size'], isSquare: boolean): Scaling | undefined {
  if (typeof size === 'number' && !isSquare) return {shortestEdge: size}
  return typeof size === 'object' && size && 'shortest_edge' in size
    ? {shortestEdge: size.shortest_edge}
    : sidesOf(size)
}

const sidesOf = (size: Keys['crop_size']): ImageSize | undefined =>
  typeof size === 'number' ? square(size) : (size ?? undefined)

const square = (side: number): ImageSize => ({width: side, height: side})

/** The class of an image processor in transformers, without `ImageProcessor` at its end. */
export type ProcessorClass = 'ViT' | 'DeiT' | 'Bit' | 'CLIP'

interface Kind extends Normalization {
  readonly resample: keyof typeof FILTERS
  /** Whether a size of one number is that of a square, not of the shorter edge. */
  readonly isSquare: boolean
  readonly size?: Scaling
  readonly crop?: ImageSize
}

const HALF: Channels = [0.5, 0.5, 0.5]
const CLIP: Normalization = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
}

const BIT: Kind = {resample: 3, ...CLIP, isSquare: false, size: {shortestEdge: 224}, crop: square(224)}

/** What transformers takes for keys that are missing. A ViT's images have the size that the model reads. */
const KINDS: Readonly<Record<ProcessorClass, Kind>> = {
  ViT: {resample: 2, mean: HALF, std: HALF, isSquare: true},
  DeiT: {resample: 3, mean: HALF, std: HALF, isSquare: true, size: square(256), crop: square(224)},
  Bit: BIT,
  CLIP: BIT,
}

const CLASS = /^(ViT|DeiT|Bit|CLIP)(ImageProcessor(Fast|Pil)?|FeatureExtractor)$/

function classOf({image_processor_type, feature_extractor_type}: Keys): ProcessorClass | undefined {
  const [, found] = CLASS.exec(image_processor_type ?? feature_extractor_type ?? '') ?? []
  return found as ProcessorClass | undefined
}

/** Pillow's codes. */
const FILTERS = {2: 'bilinear', 3: 'bicubic'} as const satisfies Readonly<Record<number, Filter>>

const fail = (expected: string) => ({error: ({input}: {input?: unknown}) => `${expected}, not ${quote(input)}`})
const channels = (number: z.ZodNumber) =>
  z
    .tuple([number, number, number], fail('must be three numbers'))
    .readonly()
    .nullish()
    .transform(value => value ?? undefined)
const only = (value: boolean, why: string) => z.literal(value, fail(`must be ${value}, ${why}`)).optional()
const never = (why: string) => z.literal([false, null], fail(`must be false, ${why}`)).optional()
const classes = Object.keys(KINDS).map(name => `${name}ImageProcessor`)
const className = z
  .string()
  .regex(CLASS, fail(`must be ${classes.join(', ')}`))
  .optional()
const boolean = z.boolean(fail('must be true or false'))

/** The longest side of an image; no processor comes near. */
const LONGEST = 2 ** 15
const range = fail(`must be from 1 to ${LONGEST}`)
const length = z.int().min(1, range).max(LONGEST, range)
const sides = z.object({width: length, height: length})
const sizes = [length, sides] as const

/** null counts as false for a step. Other keys change nothing for images of three channels, or belong to other kinds of processors. */
const Keys = z.object({
  image_processor_type: className,
  feature_extractor_type: className,
  do_resize: only(true, 'since images have many sizes'),
  do_rescale: only(true, 'since pixels are divided by 255'),
  do_center_crop: boolean.nullish(),
  do_pad: never('since images are not padded'),
  default_to_square: boolean.optional(),
  use_square_size: never('since images are scaled as size says'),
  do_normalize: boolean.nullish(),
  rescale_factor: z
    .number()
    .refine(factor => Math.abs(factor * 255 - 1) < 1e-6, fail('must be 1 / 255'))
    .nullish(),
  size: z
    .union(
      [...sizes, z.object({shortest_edge: length, longest_edge: z.null().optional()})],
      fail('must be {height, width}, {shortest_edge} or one number'),
    )
    .nullish(),
  crop_size: z.union(sizes, fail('must be {height, width} or one number')).nullish(),
  resample: z.literal([2, 3], fail('must be 2, bilinear, or 3, bicubic')).nullish(),
  image_mean: channels(z.number()),
  image_std: channels(z.number().positive()),
})

type Keys = z.output<typeof Keys>
