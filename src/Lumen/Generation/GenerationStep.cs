using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>One step of the denoising loop. The latents belong to the caller, who must dispose them.</summary>
/// <param name="Index">Number of steps done.</param>
/// <param name="Total">Steps in all.</param>
/// <param name="Latents">Scaled latents after the step, [B, C, h, w] float32.</param>
public readonly record struct DenoisingStep(int Index, int Total, Tensor Latents);

/// <summary>
/// How far a generation has come: plain data, which stays valid however late it is looked at, and which nobody disposes.
/// </summary>
/// <param name="Index">Number of steps done, of all passes together.</param>
/// <param name="Total">Steps in all.</param>
public sealed record GenerationStep(int Index, int Total)
{
    private Func<IReadOnlyList<Picture>>? Decode { get; init; }

    /// <summary>
    /// The pictures of the pass as they are after this step, decoded when they are asked for, on the caller's thread; the model must still
    /// be open.
    /// </summary>
    public IReadOnlyList<Picture> Preview() => Decode?.Invoke() ?? [];

    /// <summary>Takes a copy of the latents, so that the loop may go on.</summary>
    /// <param name="step">Its latents stay the loop's.</param>
    /// <param name="decode">Latents [B, C, h, w] to pictures; called within a scope, at any time, on any thread.</param>
    internal static GenerationStep Of(DenoisingStep step, Func<Tensor, IReadOnlyList<Picture>> decode)
    {
        using var scope = NewDisposeScope();
        var (values, shape, device) = (step.Latents.cpu().data<float>().ToArray(), step.Latents.shape, step.Latents.device);
        return new GenerationStep(step.Index, step.Total) { Decode = Decoded };

        IReadOnlyList<Picture> Decoded()
        {
            using var own = NewDisposeScope();
            return decode(tensor(values, shape).to(device));
        }
    }
}
