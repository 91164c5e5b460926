using System.Diagnostics;
using System.Globalization;
using Lumen.Core.Tensors;
using Lumen.Models.Control;
using Lumen.Models.Denoising;
using Lumen.Training;
using static TorchSharp.torch;

namespace Lumen.Benchmarks;

/// <summary>
/// One step of an adapter of the size of Stable Diffusion 1.5: a frozen U-Net and a trained ControlNet, one sample forward and backward,
/// the optimiser. Without data, caches and text encoder.
/// </summary>
internal static class AdapterStepRun
{
    private const int Tokens = 77,
        Components = 20;

    /// <param name="placement">Device and type.</param>
    /// <param name="side">Side of the pictures; latents are an eighth of it.</param>
    /// <param name="recomputes">Gradient checkpointing.</param>
    /// <param name="steps">Steps that are measured, after one that is not.</param>
    /// <param name="gigaFlop">Products and convolutions of a step, from oneDNN's log; 0 where they are not known.</param>
    public static void Run(Placement placement, int side, bool recomputes, int steps, double gigaFlop)
    {
        using var unet = FullScaleModel.UNet(placement);
        foreach (var parameter in unet.parameters())
            parameter.requires_grad = false;
        using var control = FullScaleModel.Control(placement);
        unet.GradientCheckpointing = control.GradientCheckpointing = recomputes;
        var options = new OptimizerOptions { Moments = "bfloat16", EmaDecay = 0 };
        var weights = new MasterWeights(new Dictionary<string, nn.Module> { ["controlnet"] = control }, options);
        var meter = new Meter();
        meter.ResetPeakMemory();
        var (pass, whole) = (new List<double>(), new List<double>());
        for (var step = 0; step <= steps; step++)
        {
            var watch = Stopwatch.StartNew();
            ForwardAndBackward(unet, control, side / 8);
            var seconds = watch.Elapsed.TotalSeconds;
            weights.Apply(steps + 1);
            if (step > 0)
                (pass, whole) = ([.. pass, seconds], [.. whole, watch.Elapsed.TotalSeconds]);
        }
        var memory = meter.PeakMemory;
        var peak = MatrixPeak.GigaFlops(placement.Compute);
        var share = gigaFlop > 0 ? $", {gigaFlop / pass.Min() / peak:0 %} of the peak" : "";
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{side} pixels, {(recomputes ? "recomputed" : "kept")}, {get_num_threads()} thread(s), {placement.Compute}: forward and "
                    + $"backward {pass.Min():0.0} to {pass.Max():0.0} s{share}, with the optimiser {whole.Min():0.0} to "
                    + $"{whole.Max():0.0} s, {memory / 1e9:0.00} GB at the peak, matrix product {peak:0} GFLOP/s"
            )
        );
    }

    private static void ForwardAndBackward(UNet2DConditionModel unet, ControlNetModel control, int side)
    {
        using var scope = NewDisposeScope();
        var (noisy, target) = (new RandomStream(1).Normal(1, 4, side, side), new RandomStream(2).Normal(1, 4, side, side));
        var context = new RandomStream(3).Normal(1, Tokens, 768);
        var condition = new RandomStream(4).Normal(1, Components, 8 * side, 8 * side);
        var timestep = tensor(new[] { 500L });
        var predicted = unet.Predict(noisy, timestep, context, control.Residuals(noisy, timestep, context, condition));
        using var loss = nn.functional.mse_loss(predicted, target);
        loss.backward();
    }
}
