"""Starts the systems under test, drives them with usher-load, and writes what was measured."""
