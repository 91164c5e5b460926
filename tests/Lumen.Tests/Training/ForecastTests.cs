using Lumen.Core.Tensors;
using Lumen.Testing;
using Lumen.Tests.Data;
using Lumen.Training;
using Xunit;

namespace Lumen.Tests.Training;

[Collection(TinyModel.Name)]
public sealed class ForecastTests(TinyModel tiny) : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly PhotoFolder _photos = new PhotoFolder().Fill(10);

    public void Dispose()
    {
        _folder.Dispose();
        _photos.Dispose();
    }

    [Theory]
    [InlineData("vae", "render 30 scenes")]
    [InlineData("base", "render 30 scenes, encode 30 pictures")]
    [InlineData("adapter", "render 30 scenes, encode 30 pictures, read the features of 16 for the basis, read the layouts of 30")]
    [InlineData("perception", "render 30 scenes")]
    public void What_a_run_takes_is_told_before_anything_is_in_the_cache_and_leaves_nothing(string kind, string preparation)
    {
        var told = Made(kind, out var cached);
        Assert.False(cached);
        Assert.Equal(preparation, string.Join(", ", told.Preparation.Select(part => part.What)));
        Assert.All(told.Preparation, part => Assert.True(part.Time > TimeSpan.Zero, part.What));
        Assert.Equal(4, told.Steps);
        Assert.True(told.Step > TimeSpan.Zero && told.Validation > TimeSpan.Zero && told.Time > told.Step * 4);
        Assert.True(told.Size.Parameters > 100 && told.Size.CacheBytes >= 30 * 3 * TinyRuns.Size * TinyRuns.Size);
        Assert.Matches(
            @"^about \d.* to prepare \(render 30 scenes .*, \d.* for 4 steps, \d.* for validation; \d.* M parameters, .* GB of memory",
            told.ToString()
        );
        Assert.False(Directory.Exists(_folder.File($"{kind}/.estimate")));

        var again = Made(kind, out _);
        Assert.DoesNotContain(
            again.Preparation,
            part => part.What.Contains("render", StringComparison.Ordinal) || part.What.Contains("encode", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Pictures_of_a_folder_are_counted_with_their_crops()
    {
        TrainingForecast? told = null;
        var recipe = TinyRuns.Adapter with
        {
            Data = TinyRuns.Adapter.Data with { Folder = _photos.Path, ValidationFraction = 0.2, CropsPerPicture = 3 },
        };
        new TrainingTaskFactory(Placement.Reference, _folder.File("cache"), _folder.File("run"))
        {
            Estimated = forecast => told = forecast,
        }.Adapter(recipe, tiny.Runs.Model);
        Assert.Equal(
            "read 10 pictures, encode 26 pictures, read the features of 16 for the basis, read the layouts of 26",
            string.Join(", ", told!.Preparation.Select(part => part.What))
        );
    }

    [Fact]
    public void Where_the_estimate_is_all_that_is_wanted_nothing_is_prepared()
    {
        TrainingForecast? told = null;
        using var enough = new CancellationTokenSource();
        var runs = new TrainingTaskFactory(Placement.Reference, _folder.File("cache"), _folder.File("run"))
        {
            Stop = enough.Token,
            Estimated = forecast =>
            {
                told = forecast;
                enough.Cancel();
            },
        };
        Assert.Throws<OperationCanceledException>(() => runs.Adapter(TinyRuns.Adapter, tiny.Runs.Model));
        Assert.True(told!.Size.MemoryBytes > 0);
        Assert.False(Directory.Exists(_folder.File("cache")));
    }

    private TrainingForecast Made(string kind, out bool cached)
    {
        TrainingForecast? told = null;
        var found = false;
        var runs = new TrainingTaskFactory(Placement.Reference, _folder.File("cache"), _folder.File(kind))
        {
            Estimated = forecast => (told, found) = (forecast, Directory.Exists(_folder.File("cache"))),
        };
        _ = kind switch
        {
            "vae" => runs.Autoencoder(TinyRuns.Vae),
            "base" => runs.Base(TinyRuns.Base, Path.Combine(tiny.Runs.Folder, "vae", "model")),
            "adapter" => runs.Adapter(TinyRuns.Adapter, tiny.Runs.Model),
            _ => (ITrainingTask)
                runs.Perception(
                    new Recipe
                    {
                        Kind = kind,
                        Data = TinyRuns.Vae.Data,
                        Training = TinyRuns.Vae.Training,
                        Perception = new RecipePerception { Widths = [8, 8, 16] },
                    }
                ),
        };
        cached = found;
        return told!;
    }
}
