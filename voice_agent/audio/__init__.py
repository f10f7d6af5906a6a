"""Sound in and out: microphones, speakers, files in their place, levels and voice activity."""
