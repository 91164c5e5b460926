using System.Security.Cryptography;
using System.Text;
using Lumen.Core.Tensors;
using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Training.Perception;

/// <summary>
/// A trained perception network that evaluates pictures: it says what it sees, and gives named features for distances between sets of
/// pictures. One thread at a time.
/// </summary>
public sealed class PerceptionEvaluator : IDisposable
{
    /// <summary>The layer whose means are the features, unless another is asked for.</summary>
    public const string FeatureLayer = "context";

    private const int BatchSize = 16;
    private readonly Lazy<string> _hash;

    /// <param name="network">A trained network; the evaluator owns it from here on.</param>
    public PerceptionEvaluator(PerceptionNetwork network)
    {
        Network = network;
        network.eval();
        _hash = new Lazy<string>(() => HashOf(network));
    }

    /// <summary>The network.</summary>
    public PerceptionNetwork Network { get; }

    /// <summary>The classes it knows.</summary>
    public PerceptionClasses Classes => Network.Config.Classes;

    /// <summary>How pixels become instances.</summary>
    public InstanceGrouping Grouping { get; init; } = new();

    /// <summary>SHA-256 of configuration and weights, lower-case hexadecimal.</summary>
    public string Hash => _hash.Value;

    /// <summary>What to call the features in tables: numbers that rest on them are comparable only where this is the same.</summary>
    public string FeatureName => $"perception/{FeatureLayer}/{Hash[..12]}";

    /// <summary>Opens the folder that <c>lumen train perception</c> wrote.</summary>
    /// <exception cref="LumenException">Something is missing or does not fit.</exception>
    public static PerceptionEvaluator Load(string folder, Placement placement) => new(PerceptionNetwork.Load(folder, placement));

    /// <summary>Evaluates pictures; a few are computed at a time, however many there are.</summary>
    /// <param name="images">[B, 3, H, W] in [-1, 1], H and W divisible by 8, any type and device.</param>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public PerceptionEvaluation Evaluate(Tensor images)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var parts = Parts(images, part => EvaluatePart(Network.Predict(part)));
        return new PerceptionEvaluation
        {
            Labels = Joined(part => part.Labels),
            Depth = Joined(part => part.Depth),
            Normals = Joined(part => part.Normals),
            Instances = Joined(part => part.Instances),
            Yaw = Joined(part => part.Yaw),
        };

        Tensor? Joined(Func<PerceptionEvaluation, Tensor?> of) =>
            of(parts[0]) is null ? null : cat([.. parts.Select(part => of(part)!)], 0).MoveToOuterDisposeScope();
    }

    /// <summary>Evaluates pictures of one size.</summary>
    public PerceptionEvaluation Evaluate(IReadOnlyList<Picture> pictures)
    {
        using var images = PictureTensor.ToTensor(pictures);
        return Evaluate(images);
    }

    /// <summary>The features of pictures: means of a layer over the picture, for FID, KID and the like.</summary>
    /// <param name="images">[B, 3, H, W] in [-1, 1], H and W divisible by 8.</param>
    /// <param name="layer">Of <see cref="PerceptionNetwork.LayerNames"/>.</param>
    /// <returns>[B, D] float32.</returns>
    public Tensor Features(Tensor images, string layer = FeatureLayer)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        return cat(Parts(images, part => Network.FeatureMaps(part, layer)[0].mean([2, 3])), 0).MoveToOuterDisposeScope();
    }

    /// <summary>Activations place by place, for perceptual distances.</summary>
    /// <param name="images">[B, 3, H, W] in [-1, 1], H and W divisible by 8; all at once.</param>
    /// <param name="layers">Of <see cref="PerceptionNetwork.LayerNames"/>.</param>
    /// <returns>[B, C, h, w] float32 for each layer.</returns>
    public IReadOnlyList<Tensor> FeatureMaps(Tensor images, params IReadOnlyList<string> layers)
    {
        using var frozen = no_grad();
        return Network.FeatureMaps(images, layers);
    }

    public void Dispose() => Network.Dispose();

    private static T[] Parts<T>(Tensor images, Func<Tensor, T> act)
    {
        Shape.Require(images, nameof(images), "[B, 3, H, W]", s => s is [> 0, 3, _, _]);
        return
        [
            .. Enumerable
                .Range(0, (int)images.shape[0])
                .Chunk(BatchSize)
                .Select(chunk => act(images.narrow(0, chunk[0], chunk.Length).to_type(ScalarType.Float32))),
        ];
    }

    private PerceptionEvaluation EvaluatePart(PerceptionMaps maps)
    {
        var labels = maps.Semantic?.argmax(1); // [B, H, W]
        return new PerceptionEvaluation
        {
            Labels = labels,
            Depth = maps.LogDepth is null ? null : (maps.LogDepth.squeeze(1).clamp(-10, 10).exp() * PerceptionMaps.DepthUnit),
            Normals = maps.Normals,
            Instances =
                labels is null || maps.Centres is null ? null : Instances(labels, maps.Centres, maps.Offsets! * PerceptionMaps.OffsetUnit),
            Yaw = maps.Heading is null ? null : atan2(maps.Heading.select(1, 0), maps.Heading.select(1, 1)),
        };
    }

    private Tensor Instances(Tensor labels, Tensor centres, Tensor offsets)
    {
        var (count, height, width) = ((int)labels.shape[0], (int)labels.shape[1], (int)labels.shape[2]);
        var (ids, heat, ways) = (
            labels.cpu().contiguous().data<long>().ToArray(),
            centres.cpu().contiguous().data<float>().ToArray(),
            offsets.cpu().contiguous().data<float>().ToArray()
        );
        var pixels = width * height;
        int[] groups =
        [
            .. Enumerable
                .Range(0, count)
                .SelectMany(i =>
                    Grouping.Group(
                        ids.AsSpan(i * pixels, pixels),
                        heat.AsSpan(i * pixels, pixels),
                        ways.AsSpan(2 * i * pixels, 2 * pixels),
                        (width, height),
                        Classes.Things
                    )
                ),
        ];
        return tensor(groups, [count, height, width]).to(labels.device);
    }

    private static string HashOf(PerceptionNetwork network)
    {
        using var scope = NewDisposeScope();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(network.Config.ToJson()));
        foreach (var (_, weight) in network.state_dict().OrderBy(pair => pair.Key, StringComparer.Ordinal))
            hash.AppendData(weight.detach().cpu().to_type(ScalarType.Float32).contiguous().bytes);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>
/// What a perception network sees in a batch of pictures. Null where it has no such head. Dispose it, or let a scope do so.
/// </summary>
public sealed record PerceptionEvaluation : IDisposable
{
    /// <summary>Class ids, [B, H, W], int64.</summary>
    public Tensor? Labels { get; init; }

    /// <summary>Depth in metres, [B, H, W], float32.</summary>
    public Tensor? Depth { get; init; }

    /// <summary>Unit normals, [B, 3, H, W], X right, Y up, Z towards the viewer, float32.</summary>
    public Tensor? Normals { get; init; }

    /// <summary>Ids of things, [B, H, W], int32: 1, 2, ... in each picture, 0 where there is none.</summary>
    public Tensor? Instances { get; init; }

    /// <summary>Heading against the camera's axis, [B, H, W], radians, float32. It means something on oriented classes only.</summary>
    public Tensor? Yaw { get; init; }

    public void Dispose()
    {
        Labels?.Dispose();
        Depth?.Dispose();
        Normals?.Dispose();
        Instances?.Dispose();
        Yaw?.Dispose();
    }
}
