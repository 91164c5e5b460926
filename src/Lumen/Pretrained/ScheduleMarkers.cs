using Lumen.Core.Checkpoints;
using Lumen.Models.Schedules;

namespace Lumen.Pretrained;

/// <summary>
/// What a single-file checkpoint says about its noise: what the denoiser predicts, and whether the last timestep is pure noise (zero
/// terminal SNR). Marker tensors (<c>v_pred</c>, <c>ztsnr</c>) are those of NovelAI and ComfyUI, the metadata that of ModelSpec, ComfyUI
/// and kohya's trainers. Nothing in the weights themselves shows it.
/// </summary>
internal sealed class ScheduleMarkers
{
    private static readonly Dictionary<string, PredictionType> Predictions = new(StringComparer.OrdinalIgnoreCase)
    {
        ["epsilon"] = PredictionType.Epsilon,
        ["eps"] = PredictionType.Epsilon,
        ["v"] = PredictionType.VPrediction,
        ["v_prediction"] = PredictionType.VPrediction,
        ["v_pred"] = PredictionType.VPrediction,
        ["velocity"] = PredictionType.VPrediction,
        ["sample"] = PredictionType.Sample,
        ["x0"] = PredictionType.Sample,
    };

    private readonly List<(PredictionType Type, string By)> _predictions = [];
    private readonly string _file;
    private readonly string? _unknown; // a word for what is predicted that Lumen does not know

    public ScheduleMarkers(Checkpoint file)
    {
        _file = file.Description;
        if (file.Entries.ContainsKey("v_pred"))
            _predictions.Add((PredictionType.VPrediction, "the tensor v_pred"));
        foreach (var key in new[] { "modelspec.prediction_type", "modelspec.predict_key" })
        {
            if (!file.Metadata.TryGetValue(key, out var said) || said.Trim() is not { Length: > 0 } word)
                continue;
            if (Predictions.TryGetValue(word.Replace('-', '_').Replace(' ', '_'), out var type))
                _predictions.Add((type, $"{key} = {word}"));
            else
                _unknown ??= $"{key} = {word}";
        }
        if (IsTrue(file, "ss_v_parameterization"))
            _predictions.Add((PredictionType.VPrediction, "ss_v_parameterization"));
        ZeroSnrBy =
            file.Entries.ContainsKey("ztsnr") ? "the tensor ztsnr"
            : IsTrue(file, "ss_zero_terminal_snr") ? "ss_zero_terminal_snr"
            : null;
        if (file.Entries.Keys.FirstOrDefault(name => name.StartsWith("edm_", StringComparison.Ordinal)) is { } edm)
            throw new LumenException(
                LumenErrorKind.Model,
                $"{_file} works on noise levels of its own kind ({edm}: EDM), which Lumen does not run. Use a checkpoint of Stable "
                    + "Diffusion 1.x or 2.x."
            );
    }

    /// <summary>What the denoiser predicts; null where the file does not say.</summary>
    /// <exception cref="LumenException">It says two things, or one that is not known.</exception>
    public PredictionType? Prediction
    {
        get
        {
            if (_unknown is not null)
                throw new LumenException(
                    LumenErrorKind.Model,
                    $"{_file} says {_unknown}, which is nothing that Lumen's samplers know: expected epsilon, v or sample. If the "
                        + "file is wrong about itself, say what it predicts with `PredictionType`."
                );
            if (_predictions.Count == 0)
                return null;
            var (first, by) = _predictions[0];
            return _predictions.Find(said => said.Type != first) is { By: { } other }
                ? throw new LumenException(
                    LumenErrorKind.Model,
                    $"{_file} contradicts itself about what it predicts: {by}, but {other}. Say which with `PredictionType`."
                )
                : first;
        }
    }

    /// <summary>Where the file says what it predicts, in words; null where it does not.</summary>
    public string? PredictionBy => _predictions.Count == 0 ? null : string.Join(" and ", _predictions.Select(said => said.By));

    /// <summary>Where the file says that its last timestep is pure noise; null where it does not.</summary>
    public string? ZeroSnrBy { get; }

    /// <summary>A prediction type by its name.</summary>
    /// <exception cref="LumenException">It is none.</exception>
    public static PredictionType Parse(string name) =>
        Predictions.TryGetValue(name, out var type)
            ? type
            : throw new LumenException(
                LumenErrorKind.Option,
                $"`PredictionType` must be epsilon, v_prediction or sample but is \"{name}\"."
            );

    /// <summary>What the owner's configuration says, unless the file says otherwise.</summary>
    /// <exception cref="LumenException">It does.</exception>
    public PredictionType Agreeing(PredictionType configured) =>
        Prediction is { } own && own != configured
            ? throw new LumenException(
                LumenErrorKind.Model,
                $"{_file} predicts {own} ({PredictionBy}), but the scheduler of `Config` says {configured}. Say which with "
                    + "`PredictionType`."
            )
            : configured;

    private static bool IsTrue(Checkpoint file, string key) =>
        file.Metadata.TryGetValue(key, out var said) && string.Equals(said.Trim(), "true", StringComparison.OrdinalIgnoreCase);
}
