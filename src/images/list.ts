import type {ImageSource} from './source.ts'

/** Images with their classes: a split of an image classification task. */
export interface ImageList {
  /** The names of the classes; a label is an index into them. */
  readonly classes: readonly string[]
  readonly images: readonly LabelledImage[]
}

export interface LabelledImage {
  readonly source: ImageSource
  readonly label: number
}
