using System.Diagnostics;
using Lumen.Core.Tensors;
using Lumen.Models.Denoising;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace Lumen.Benchmarks;

/// <summary>
/// One plain guided step at the size of Stable Diffusion 1.5 - a U-Net evaluation of a batch of two, no ControlNet - by Lumen and by ONNX
/// Runtime with the same weights, in turn.
/// </summary>
internal static class PeerRun
{
    private const int Side = 64,
        Tokens = 77,
        Batch = 2,
        Timestep = 500;
    private const double Agreement = 0.05; // of the answer's size; Lumen computes in bfloat16

    public static void Run(string folder, Placement placement, int rounds)
    {
        using var frozen = no_grad();
        using var unet = FullScaleModel.UNet(placement);
        using var peer = Session(unet, folder);
        var sample = new RandomStream(1).Normal(Batch, 4, Side, Side);
        var context = new RandomStream(2).Normal(Batch, Tokens, unet.Config.CrossAttentionDim);
        var sines = Sines(unet.Config.BlockOutChannels[0]);
        var (ours, theirs) = (new List<double>(), new List<double>());
        for (var round = 0; round <= rounds; round++)
        {
            using var scope = NewDisposeScope();
            var (own, seconds) = Timed(() => unet.Predict(sample, tensor(new[] { (long)Timestep }), context));
            var (other, otherSeconds) = Timed(() => Peer(peer, sample, sines, context));
            var apart = ((own - other).square().mean().sqrt() / other.square().mean().sqrt()).item<float>();
            if (!(apart < Agreement))
                throw new LumenException($"The two networks are not the same: they differ by {apart:0.000} of the answer's size.");
            if (round == 0)
                Console.WriteLine($"They agree to {apart:0.0000} of the answer's size.");
            else
                (ours, theirs) = ([.. ours, seconds], [.. theirs, otherSeconds]);
        }
        Console.WriteLine($"{get_num_threads()} thread(s), {rounds} rounds in turn, least and largest seconds of a plain guided step:");
        Console.WriteLine($"Lumen, {placement.Compute}: {ours.Min():0.00} to {ours.Max():0.00}");
        Console.WriteLine($"ONNX Runtime {OrtEnv.Instance().GetVersionString()}, float32: {theirs.Min():0.00} to {theirs.Max():0.00}");
        Console.WriteLine($"ratio of the least: {theirs.Min() / ours.Min():0.00}");
    }

    private static InferenceSession Session(UNet2DConditionModel unet, string folder)
    {
        var path = OnnxUNet.Write(unet, folder, (Batch, Side, Tokens));
        using var options = new SessionOptions
        {
            IntraOpNumThreads = get_num_threads(),
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"); // threads that spin would take Lumen's cores in its turn
        return new InferenceSession(path, options);
    }

    private static Tensor Peer(InferenceSession session, Tensor sample, Tensor sines, Tensor context)
    {
        using var options = new RunOptions();
        using var results = session.Run(
            options,
            new Dictionary<string, OrtValue>
            {
                ["sample"] = Value(sample),
                ["time"] = Value(sines),
                ["context"] = Value(context),
            },
            session.OutputNames
        );
        return tensor(results[0].GetTensorDataAsSpan<float>().ToArray(), sample.shape);
    }

    private static OrtValue Value(Tensor values) => OrtValue.CreateTensorValueFromMemory(values.data<float>().ToArray(), values.shape);

    // Cosines before sines, as Stable Diffusion takes them.
    private static Tensor Sines(long width)
    {
        using var scope = NewDisposeScope();
        var angles = Timestep * exp(arange(width / 2, ScalarType.Float32) * (-Math.Log(10000) / (width / 2)));
        return cat([angles.cos(), angles.sin()]).expand(Batch, -1).contiguous().MoveToOuterDisposeScope();
    }

    private static (Tensor Result, double Seconds) Timed(Func<Tensor> work)
    {
        var start = Stopwatch.GetTimestamp();
        var result = work();
        return (result, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
}
