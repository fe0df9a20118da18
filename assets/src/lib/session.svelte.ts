/** Who is signed in, their projects, and which project is looked at. */
import { read, write } from './storage';
import { router } from './router.svelte';
import type { LoginResponse, Organization, Project, User } from './types';

const kToken = 'traceway_token';
const kUser = 'traceway_user';
const kProject = 'traceway_project';

function stored_user(): User | null {
  try {
    return JSON.parse(read(kUser) ?? 'null') as User | null;
  } catch {
    return null;
  }
}

class Session {
  token = $state<string | null>(read(kToken));
  user = $state.raw<User | null>(stored_user());
  projects = $state.raw<Project[] | null>(null);
  organizations = $state.raw<Organization[]>([]);
  private chosen = $state<string | null>(read(kProject));

  /** The project of the address wins, then the last one looked at, then the oldest. */
  readonly project = $derived.by((): Project | null => {
    const all = this.projects ?? [];
    const wanted = [router.query.get('project'), this.chosen];
    for (const id of wanted) {
      const found = all.find((project) => project.id === id);
      if (found) return found;
    }
    return all[0] ?? null;
  });

  readonly can_write = $derived(this.project?.role !== 'readonly');

  signed_in(answer: LoginResponse): void {
    this.token = answer.token;
    this.user = answer.user;
    this.projects = answer.projects ?? [];
    this.organizations = answer.organizations ?? [];
    write(kToken, answer.token);
    write(kUser, JSON.stringify(answer.user));
  }

  signed_out(): void {
    this.token = null;
    this.user = null;
    this.projects = null;
    this.organizations = [];
    write(kToken, null);
    write(kUser, null);
  }

  choose(project: Project): void {
    this.chosen = project.id;
    write(kProject, project.id);
  }

  add(project: Project): void {
    this.projects = [...(this.projects ?? []), project];
    this.choose(project);
  }
}

export const session = new Session();
