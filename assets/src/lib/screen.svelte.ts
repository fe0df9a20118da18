/** Whether the window is wide enough for columns side by side. */
class Screen {
  wide = $state(true);

  constructor() {
    const query = matchMedia('(min-width: 1024px)');
    this.wide = query.matches;
    query.addEventListener('change', () => (this.wide = query.matches));
  }
}

export const screen = new Screen();
