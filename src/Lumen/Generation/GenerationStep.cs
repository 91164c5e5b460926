using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>
/// One step of the denoising loop. The latents belong to the caller, who may decode them for a preview and must dispose them.
/// </summary>
/// <param name="Index">Number of steps done, of all passes together.</param>
/// <param name="Total">Steps in all.</param>
/// <param name="Latents">Scaled latents after the step, [B, C, h, w] float32.</param>
public readonly record struct GenerationStep(int Index, int Total, Tensor Latents);
