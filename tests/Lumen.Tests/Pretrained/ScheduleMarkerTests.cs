using Lumen.Core.Checkpoints;
using Lumen.Models.Schedules;
using Lumen.Pretrained;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Pretrained;

/// <summary>What single files say about their noise: what is predicted and whether it ends in pure noise are two questions.</summary>
public sealed class ScheduleMarkerTests : IDisposable
{
    private static readonly string Pipeline = Golden.Folder("sd/pipeline");
    private readonly TempFolder _folder = new();
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("", "", null, PredictionType.Epsilon, false)]
    [InlineData("v_pred", "", null, PredictionType.VPrediction, false)]
    [InlineData("ztsnr", "", null, PredictionType.Epsilon, true)]
    [InlineData("v_pred ztsnr", "", null, PredictionType.VPrediction, true)]
    [InlineData("v_pred ztsnr", "modelspec.prediction_type=v", null, PredictionType.VPrediction, true)]
    [InlineData("ztsnr", "modelspec.prediction_type=v", null, PredictionType.VPrediction, true)]
    [InlineData("ztsnr", "modelspec.predict_key=v", null, PredictionType.VPrediction, true)]
    [InlineData("v_pred ztsnr", "", "v_prediction", PredictionType.VPrediction, true)]
    [InlineData("v_pred ztsnr", "", "epsilon", PredictionType.Epsilon, true)]
    [InlineData("ztsnr", "", "v_prediction", PredictionType.VPrediction, true)]
    [InlineData("", "modelspec.prediction_type=V-Prediction", null, PredictionType.VPrediction, false)]
    [InlineData("", "modelspec.predict_key=x0", null, PredictionType.Sample, false)]
    [InlineData("", "modelspec.prediction_type=flow", "epsilon", PredictionType.Epsilon, false)]
    [InlineData("", "modelspec.prediction_type=epsilon", null, PredictionType.Epsilon, false)]
    [InlineData("", "ss_v_parameterization=True;ss_zero_terminal_snr=True", null, PredictionType.VPrediction, true)]
    [InlineData("", "ss_v_parameterization=False;ss_zero_terminal_snr=False", null, PredictionType.Epsilon, false)]
    public void Every_combination_of_markers_is_read_and_kept_by_a_conversion(
        string tensors,
        string metadata,
        string? given,
        PredictionType prediction,
        bool zeroSnr
    )
    {
        var path = Write(tensors, metadata);
        var options = new ModelFileOptions { Config = Sizes(), PredictionType = given };
        using (var source = PipelineSource.Open(path, options))
            Assert.Equal((prediction, zeroSnr), (source.Scheduler.PredictionType, source.Scheduler.RescaleBetasZeroSnr));
        ModelConversion.Convert(path, _folder.File("converted"), new ConversionOptions { File = options });
        var written = SchedulerConfig.Parse(
            File.ReadAllText(Path.Combine(_folder.File("converted"), "scheduler", "scheduler_config.json"))
        );
        Assert.Equal((prediction, zeroSnr), (written.PredictionType, written.RescaleBetasZeroSnr));
        if (zeroSnr && prediction == PredictionType.VPrediction)
            Assert.Equal(
                0,
                new NoiseSchedule(written).AlphasCumprod[(int)Sampler.Create(written.ClassName, new NoiseSchedule(written), 4).Timesteps[0]]
            );
    }

    [Fact]
    public void The_inspection_says_what_it_found_and_where()
    {
        var notes = ModelInspector
            .Inspect(Write("v_pred ztsnr", "modelspec.prediction_type=v"), new ModelFileOptions { Config = Sizes() })
            .Notes;
        Assert.Contains("predicts v_prediction, as the tensor v_pred and modelspec.prediction_type = v says", notes);
        Assert.Contains("its last timestep is pure noise (zero terminal SNR), as the tensor ztsnr says", notes);
        Assert.DoesNotContain(notes, note => note.Contains("does not say", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_that_contradicts_itself_or_its_configuration_asks_which_is_meant()
    {
        var path = Write("v_pred", "modelspec.prediction_type=epsilon");
        var options = new ModelFileOptions { Config = Sizes() };
        Assert.Contains(
            "contradicts itself about what it predicts",
            Assert.Throws<LumenException>(() => PipelineSource.Open(path, options)).Message,
            StringComparison.Ordinal
        );
        using (var told = PipelineSource.Open(path, options with { PredictionType = "epsilon" }))
            Assert.Equal(PredictionType.Epsilon, told.Scheduler.PredictionType);
        Assert.Contains(
            "but the scheduler of `Config` says Epsilon",
            Assert
                .Throws<LumenException>(() => PipelineSource.Open(Write("v_pred", ""), new ModelFileOptions { Config = Pipeline }))
                .Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_word_for_what_is_predicted_that_is_not_known_is_not_passed_over()
    {
        var path = Write("", "modelspec.prediction_type=flow");
        var options = new ModelFileOptions { Config = Sizes() };
        Assert.Contains(
            "says modelspec.prediction_type = flow, which is nothing that Lumen's samplers know",
            Assert.Throws<LumenException>(() => PipelineSource.Open(path, options)).Message,
            StringComparison.Ordinal
        );
    }

    // Sizes and tokenizer of the golden model, without its scheduler.
    private string Sizes()
    {
        var configs = OriginalFiles.Copy(Pipeline, _folder.File("configs"));
        File.Delete(Path.Combine(configs, "scheduler", "scheduler_config.json"));
        return configs;
    }

    private string Write(string tensors, string metadata)
    {
        var path = _folder.File("model.safetensors");
        OriginalFiles.WritePipeline(path, Pipeline);
        var weights = OriginalFiles.Read(path);
        foreach (var name in tensors.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            weights[name] = zeros(0);
        SafetensorsWriter.Write(
            path,
            weights,
            metadata
                .Split(';', StringSplitOptions.RemoveEmptyEntries)
                .Select(pair => pair.Split('='))
                .ToDictionary(pair => pair[0], pair => pair[1])
        );
        return path;
    }
}
