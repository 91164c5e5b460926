using Lumen.Layouts;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Layouts;

/// <summary>Whatever is done to the files of a basis or a layout: the same basis, a layout, or a sentence.</summary>
public sealed class LayoutMutationTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("lumen/layout.json")]
    [InlineData("lumen/basis.safetensors")]
    public void Any_mutation_of_a_basis_is_the_same_basis_or_a_sentence(string file)
    {
        using var scope = NewDisposeScope();
        using var basis = Toy.Fit(Toy.Plain(), Toy.Features(1));
        basis.Save(_folder.Path);
        Mutation.Survive(
            _folder.File(file),
            400,
            () =>
            {
                using var read = LayoutBasis.Load(_folder.Path);
                Assert.Equal(basis.Hash, read.Hash);
            }
        );
    }

    [Fact]
    public void Any_mutation_of_a_layout_is_a_finite_layout_or_a_sentence()
    {
        using var scope = NewDisposeScope();
        using var basis = Toy.Fit(Toy.Plain(), Toy.Features(1));
        using var layout = basis.Layout(Toy.Features(2, pictures: 1), 72, 56);
        var path = _folder.File("street.safetensors");
        layout.Save(path);
        Mutation.Survive(
            path,
            400,
            () =>
            {
                using var inner = NewDisposeScope();
                using var read = NeuralLayout.Load(path);
                Assert.True(read.Map.isfinite().all().item<bool>() && read.Map.dim() == 3 && read.ImageWidth > 0);
            }
        );
    }
}
