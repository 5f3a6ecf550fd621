/** @file Types of charts.js, for the Node side. */
import type { ChartConfiguration } from 'chart.js'
import type { PanelSpec, Shape } from '../src/figure.ts'
import type { Theme } from '../src/palette.ts'

export interface Look {
  theme: Theme
  /** A CSS font family list. */
  font: string
  /** True on the page (responsive, animated); false for a still picture at twice the pixels. */
  animate: boolean
}
/** @public Used through charts.js. */
export declare const markPaths: Record<Shape, string>
/** @public Used through charts.js. */
export declare function chartConfig(panel: PanelSpec, look: Look): ChartConfiguration
