/** The chart library, its style and our options for it: a chunk of its own, loaded after the table is on the screen. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export { build_options, chart_data } from './options';
export { uPlot };
