import { mount } from 'svelte';
import App from './App.svelte';
import './styles/app.css';

// A face with font-display: optional is used only if it is there in time, and code appears late: ask for both now.
for (const face of ['Hanken Grotesk Variable', 'Geist Mono Variable']) void document.fonts?.load(`13px "${face}"`);

mount(App, { target: document.getElementById('app')! });
