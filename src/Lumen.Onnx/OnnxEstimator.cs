using Lumen.Conditions;
using Lumen.Core.Tensors;
using Lumen.Imaging;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using static TorchSharp.torch;

namespace Lumen.Onnx;

/// <summary>
/// An estimator in an ONNX file, as MiDaS, Depth Anything and HED are exported: one input [1, 3, H, W], first output [1, H, W] or [1, C, H,
/// W]. The picture is stretched to the network's size and the estimate back to the picture's.
/// </summary>
public sealed class OnnxEstimator : IPictureEstimator, IDisposable
{
    /// <summary>Side in pixels where the network takes any size: a multiple of 14 (Depth Anything) and of 32 (MiDaS).</summary>
    public const int DefaultSide = 448;

    private readonly InferenceSession _session;
    private readonly string _name;
    private readonly string _input;
    private readonly EstimatorInput _range;

    private OnnxEstimator(InferenceSession session, string name, EstimatorInput range, int? side)
    {
        (_session, _name, _range) = (session, name, range);
        if (session.InputMetadata.Count != 1)
            throw Wrong($"has {session.InputMetadata.Count} inputs");
        (_input, var metadata) = session.InputMetadata.Single();
        var shape = metadata.Dimensions ?? [];
        if (metadata.ElementType != typeof(float) || shape is not [1 or < 0, 3 or < 0, _, _])
            throw Wrong($"takes {metadata.ElementType?.Name} [{string.Join(", ", shape)}]");
        (Height, Width) = (shape[2] > 0 ? shape[2] : side ?? DefaultSide, shape[3] > 0 ? shape[3] : side ?? DefaultSide);
    }

    /// <summary>Width that the network works at.</summary>
    public int Width { get; }

    /// <summary>Height that the network works at.</summary>
    public int Height { get; }

    /// <summary>Opens a model file.</summary>
    /// <param name="path">An .onnx file.</param>
    /// <param name="range">The range in which it takes colours.</param>
    /// <param name="side">Side to work at where the network takes any size; null: <see cref="DefaultSide"/>.</param>
    /// <exception cref="LumenException">There is no such file, it is no ONNX model, or it has another shape.</exception>
    public static OnnxEstimator Open(string path, EstimatorInput range = EstimatorInput.ImageNet, int? side = null)
    {
        if (!File.Exists(path))
            throw new LumenException(
                LumenErrorKind.File,
                $"There is no estimator at {path}. Give `Estimator` an ONNX file such as MiDaS, Depth Anything or HED are exported to."
            );
        if (side is < 16 or > 4096)
            throw new LumenException(LumenErrorKind.Option, $"`EstimatorSize` must be 16 to 4096 but is {side}.");
        InferenceSession? session = null;
        try
        {
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            session = new InferenceSession(path, options);
            return new OnnxEstimator(session, path, range, side);
        }
        catch (OnnxRuntimeException fault)
        {
            throw new LumenException($"{path} cannot be opened as an ONNX model: {fault.Message}", fault);
        }
        catch (LumenException)
        {
            session?.Dispose();
            throw;
        }
        catch (Exception fault) when (fault is DllNotFoundException or TypeInitializationException)
        {
            throw new LumenException(
                $"The native library of ONNX Runtime is not beside the program, so {path} cannot be run. Publish the program for "
                    + "this system.",
                fault
            );
        }
    }

    /// <inheritdoc/>
    public EstimatedMap Estimate(Picture picture)
    {
        var scaled = Resizing.Resize(picture, Width, Height);
        var input = new DenseTensor<float>(Input(scaled.Rgb), [1, 3, Height, Width]);
        try
        {
            using var outputs = _session.Run([NamedOnnxValue.CreateFromTensor(_input, input)]);
            if (outputs[0].Value is not DenseTensor<float> output)
                throw Wrong($"gives {outputs[0].ElementType} instead of float numbers");
            return Resized(output, picture.Width, picture.Height);
        }
        catch (OnnxRuntimeException fault)
        {
            throw new LumenException(
                $"The estimator {_name} failed at {Width} x {Height}: {fault.Message} If the network needs another size, give "
                    + "`EstimatorSize`.",
                fault
            );
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private EstimatedMap Resized(DenseTensor<float> output, int width, int height)
    {
        var shape = output.Dimensions.ToArray();
        if (shape is not ([1, > 0, > 0] or [1, > 0, > 0, > 0]))
            throw Wrong($"gives [{string.Join(", ", shape)}]");
        using var scope = NewDisposeScope();
        var channels = shape.Length == 4 ? shape[1] : 1;
        var map = tensor(output.Buffer.ToArray(), 1, channels, shape[^2], shape[^1]);
        if (!map.isfinite().all().item<bool>())
            throw new LumenException(
                LumenErrorKind.Model,
                $"The estimator {_name} gives numbers that are not finite. Check `EstimatorInput`: the range it takes colours in."
            );
        return new EstimatedMap(channels, width, height, Bilinear.Resize(map, height, width).data<float>().ToArray());
    }

    // [3, H, W] from [H, W, 3]
    private float[] Input(byte[] rgb)
    {
        (float[] mean, float[] deviation) = _range switch
        {
            EstimatorInput.ImageNet => (new[] { 0.485f, 0.456f, 0.406f }, new[] { 0.229f, 0.224f, 0.225f }),
            EstimatorInput.Signed => ([0.5f, 0.5f, 0.5f], [0.5f, 0.5f, 0.5f]),
            EstimatorInput.Unit => ([0, 0, 0], [1, 1, 1]),
            _ => ([0, 0, 0], [1 / 255f, 1 / 255f, 1 / 255f]),
        };
        var plane = Width * Height;
        var values = new float[rgb.Length];
        for (var i = 0; i < rgb.Length; i++)
            values[i % 3 * plane + i / 3] = (rgb[i] / 255f - mean[i % 3]) / deviation[i % 3];
        return values;
    }

    private LumenException Wrong(string found) =>
        new(
            LumenErrorKind.Model,
            $"The estimator {_name} {found}, but expected is one float input [1, 3, H, W] and a first output [1, H, W] or [1, C, H, W]."
        );
}
