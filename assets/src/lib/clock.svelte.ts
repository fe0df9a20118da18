/** The present, for ages like "4 m ago"; moves every ten seconds while somebody looks. */
class Clock {
  now = $state(Date.now());

  constructor() {
    setInterval(() => {
      if (!document.hidden) this.now = Date.now();
    }, 10_000);
  }
}

export const clock = new Clock();
