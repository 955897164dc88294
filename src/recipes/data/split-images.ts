import {writingCache} from '../../base/files.ts'
import {pixelsFolder} from '../../base/folders.ts'
import {sha256} from '../../base/sha256.ts'
import {fileOrder} from '../../images/file-order.ts'
import {isOriented} from '../../images/orientation.ts'
import {hashSources, type ImageSource, type LabelledImage, nameOf} from '../../images/source.ts'
import {type PixelOptions, type Pixels, preparePixels} from '../../tasks/pixels.ts'
import type {Processor} from '../../tasks/processor.ts'
import type {ScoringEvents} from './task-data.ts'

/** The images of one split, in the order in which their files are read fastest. */
export interface SplitImages {
  readonly split: string
  readonly sources: readonly ImageSource[]
  /** The position in `sources` of each image of the split. */
  readonly positions: readonly number[]
  /** What is in the sources, read once. */
  content(): Promise<ImageContent>
}

interface ImageContent {
  /** The sha256 of the images, and that of each. */
  readonly hash: string
  readonly hashes: readonly string[]
  /** The name of the first image with an EXIF orientation. */
  readonly oriented: string | undefined
}

export function inFileOrder(split: string, images: readonly LabelledImage[]): SplitImages {
  const order = fileOrder(images.map(({source}) => source))
  const sources = order.map(i => images[i].source)
  const positions: number[] = []
  for (const [position, i] of order.entries()) positions[i] = position
  let content: Promise<ImageContent> | undefined
  return {
    split,
    sources,
    positions,
    content() {
      content ??= readContent(sources)
      return content
    },
  }
}

async function readContent(sources: readonly ImageSource[]): Promise<ImageContent> {
  let oriented: string | undefined
  const hashes: string[] = []
  const hash = await hashSources(sources, async (source, bytes) => {
    hashes.push(sha256(bytes))
    if (oriented === undefined && !source.planes && (await isOriented(bytes))) oriented = nameOf(source)
  })
  return {hash, hashes, oriented}
}

/** The sha256 of each image of a split. */
export async function imageHashes({content, positions}: SplitImages): Promise<string[]> {
  const {hashes} = await content()
  return positions.map(position => hashes[position])
}

/** The size and the treatment of all images. */
interface PixelSettings extends Pick<PixelOptions, 'width' | 'height' | 'orient' | 'threads'> {
  readonly processor: Processor
}

/** The pixels of each split, which are prepared before they are read. */
export function openPixels(splits: readonly SplitImages[], {processor, ...settings}: PixelSettings) {
  const prepared = new Map<SplitImages, Pixels>()
  const imagesOf = (split: string) => {
    const images = splits.find(images => images.split === split)
    if (!images) throw new Error(`${split} is not a split of the images`)
    return images
  }
  return {
    async prepare({events, signal}: ScoringEvents): Promise<void> {
      const contents = await Promise.all(splits.map(({content}) => content()))
      const [oriented] = settings.orient ? [] : contents.flatMap(({oriented}) => oriented ?? [])
      if (oriented !== undefined) events.warn(`${oriented}: ${ORIENTED}`)
      for (const images of splits) {
        const {split, sources, content} = images
        if (sources.length === 0) continue
        const onProgress = (done: number, total: number) => events.progress(`images of ${split}`, done, total)
        const {hash} = await content()
        const own = {
          cache: pixelsFolder(),
          content: hash,
          filter: processor.filter,
          scaled: processor.scaled,
          signal,
          onProgress,
        }
        prepared.set(images, await writingCache(() => preparePixels(sources, {...settings, ...own})))
      }
    },
    hashes: (split: string) => imageHashes(imagesOf(split)),
    /** Reads images of a split by their indices in it. */
    of: (split: string) => (indices: readonly number[]) => {
      const images = imagesOf(split)
      const pixels = prepared.get(images)
      if (!pixels) throw new Error(`the images of ${split} are not prepared`)
      return pixels.read(
        indices.map(index => images.positions[index]),
        processor,
      )
    },
  }
}

const ORIENTED =
  'has an EXIF orientation, which is not applied; data.orient: true rotates such images, as pipelines of transformers and datasets do'
