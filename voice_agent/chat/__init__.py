"""Talks to chat servers that speak the OpenAI protocol (OpenAI, Ollama, llama.cpp, vLLM and others)."""
