"""Joint assessments: what several governments say of one launch, side by side, and agreed."""
